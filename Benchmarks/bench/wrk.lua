-- Prints what wrk counted as one line of JSON. There is no request(): with one, wrk would call Lua for every request.
-- Behind the URL: a method and a body, for what is not a GET.
init = function(arguments)
  if arguments[1] then wrk.method, wrk.body = arguments[1], arguments[2] end
end

done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "seconds": %.6f, "errors": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
