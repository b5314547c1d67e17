-- wrk's part: ask for the paths of a file in turn, and tell what came of it exactly.

local requests, at = {}, 0

function init(arguments)
   if #arguments == 0 then return end
   for path in io.lines(arguments[1]) do
      requests[#requests + 1] = wrk.format("GET", path)
   end
   request = function()
      at = at % #requests + 1
      return requests[at]
   end
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      '\nRESULT {"requests":%d,"bytes":%.0f,"seconds":%f,"p50":%f,"p99":%f,"failed":%d}\n',
      summary.requests, summary.bytes, summary.duration / 1e6,
      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
