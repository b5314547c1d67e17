// The reference page: Swagger UI over /openapi.json, and nothing from anywhere else.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("reference"),
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: true,
  supportedSubmitMethods: ["get", "head"],
  tryItOutEnabled: true,
  validatorUrl: null,
});
