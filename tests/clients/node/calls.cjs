// The vendor's client, as it is.  Reads {baseUrl, token, calls: [[method, ...arguments], ...]}
// from standard input and prints what each call returned, or the error that it threw.
const { Client } = require("hikerapi");

const told = (answer) =>
  answer instanceof ArrayBuffer || ArrayBuffer.isView(answer)
    ? { bytes: Buffer.from(answer).toString("base64") }
    : { json: answer };

async function main() {
  const { baseUrl, token, calls } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const client = new Client({ token });
  client._baseUrl = baseUrl;
  const answers = [];
  for (const [method, ...given] of calls) {
    try {
      answers.push(told(await client[method](...given)));
    } catch (error) {
      answers.push({ thrown: error.message, status: error.status, detail: error.detail });
    }
  }
  console.log(JSON.stringify(answers));
}

main();
