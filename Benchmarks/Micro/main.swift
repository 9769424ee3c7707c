// What one request costs above the sockets, in nanoseconds of the thread's CPU time: how an application is called, and what a
// head is kept as. `micro-benchmark` runs everything; `micro-benchmark NAME COUNT` runs one thing COUNT times, so that a
// tool that counts allocations can compare two counts. docs/decisions/0001-gateway-interface.md has the figures.

import Glibc
import HTTPTypes
import Logging
import MartletGateway
import MartletHTTP1
import NIOCore
import NIOPosix

struct Hello: Application {
    static let headers = Headers([(.contentType, "text/plain; charset=utf-8")])
    static let body = ByteBuffer(string: "Hello World!")

    func respond(to request: Request) async throws -> Response { direct(request) }

    @inline(never)
    func direct(_ request: Request) -> Response { Response(headers: Self.headers, body: .bytes(Self.body)) }
}

let small = Array("GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n".utf8)
let browser = Array(
    """
    GET /articles/2026/the-heraldic-swift?page=2&sort=new HTTP/1.1\r
    Host: www.example.org\r
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8\r
    Accept-Language: en-US,en;q=0.5\r
    Accept-Encoding: gzip, deflate, br, zstd\r
    Referer: https://www.example.org/articles/2026/\r
    Connection: keep-alive\r
    Cookie: sessionid=0123456789abcdef0123456789abcdef; csrftoken=AbCdEfGhIjKlMnOpQrStUvWxYz012345; theme=dark\r
    Upgrade-Insecure-Requests: 1\r
    Sec-Fetch-Dest: document\r
    Sec-Fetch-Mode: navigate\r
    Sec-Fetch-Site: same-origin\r
    Priority: u=0, i\r
    \r

    """.utf8
)

/// The straight way from bytes to the currency type: split the lines, make the strings.
func eager(_ bytes: [UInt8]) -> HTTPRequest? {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    while index + 1 < bytes.count {
        if bytes[index] == 13, bytes[index + 1] == 10 {
            lines.append(bytes[start..<index])
            start = index + 2
            index += 1
        }
        index += 1
    }
    guard let words = lines.first?.split(separator: 32), words.count == 3,
        let method = HTTPRequest.Method(String(decoding: words[0], as: UTF8.self))
    else { return nil }
    var fields = HTTPFields()
    fields.reserveCapacity(lines.count)
    var authority: String?
    for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: 58),
            let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
        else { continue }
        let value = String(decoding: line[(colon + 1)...].drop { $0 == 32 }, as: UTF8.self)
        if name.canonicalName == "host" { authority = value }
        fields.append(HTTPField(name: name, value: value))
    }
    let path = String(decoding: words[1], as: UTF8.self)
    return HTTPRequest(method: method, scheme: "http", authority: authority, path: path, headerFields: fields)
}

func nanoseconds(_ clock: clockid_t) -> Double {
    var moment = timespec()
    clock_gettime(clock, &moment)
    return Double(moment.tv_sec) * 1e9 + Double(moment.tv_nsec)
}

/// Keeps results alive.
nonisolated(unsafe) var sum = 0

let only = CommandLine.arguments.dropFirst().first
let count = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 200_000

func measure(_ name: String, _ body: (Int) -> Void) {
    guard only == nil || only == name else { return }
    if only != nil { return body(count) }
    body(count / 10)
    let times = (0..<9).map { _ in
        let start = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        body(count)
        return (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start) / Double(count)
    }.sorted()
    print("\(name): median \(Int(times[4])) ns, least \(Int(times[0])) ns")
}

func measureCalls(_ request: Request, _ executor: LoopExecutor) {
    let hello = Hello()
    let application: any Application = hello
    measure("direct") { for _ in 0..<$0 { sum &+= hello.direct(request).status.code } }
    measure("immediate") { count in
        for _ in 0..<count {
            Task.immediate { sum &+= (try? await application.respond(to: request))?.status.code ?? 0 }
        }
    }
    measure("immediate-on-executor") { count in
        for _ in 0..<count {
            Task.immediateDetached(executorPreference: executor) {
                sum &+= (try? await application.respond(to: request))?.status.code ?? 0
            }
        }
    }
    measure("queued-and-run-inline") { count in
        for _ in 0..<count {
            executor.runInline {
                Task(executorPreference: executor) {
                    sum &+= (try? await application.respond(to: request))?.status.code ?? 0
                }
            }
        }
    }
}

func measureHeads(_ connection: ConnectionInfo) {
    let head = RequestHead()
    var parser = RequestParser()
    for (size, bytes) in [("small", small), ("browser", browser)] {
        func parse() { _ = bytes.withUnsafeBytes { parser.parse($0, into: head) } }
        measure("raw-head-\(size)") { for _ in 0..<$0 { parse() } }
        measure("raw-head-then-HTTPRequest-\(size)") { count in
            for _ in 0..<count {
                parse()
                let request = Request(head: head, connection: connection, body: .none, sequence: 1)
                sum &+= request.httpRequest.headerFields.count
            }
        }
        measure("eager-HTTPRequest-\(size)") { for _ in 0..<$0 { sum &+= eager(bytes)?.headerFields.count ?? 0 } }
    }
}

func measureEncoder() {
    var encoder = ResponseEncoder()
    encoder.setDate(1_000_000_000)
    var output = ByteBuffer()
    measure("encode") { count in
        for _ in 0..<count {
            output.clear()
            let framing = ResponseFraming(
                status: 200,
                headers: Hello.headers,
                body: .known(12),
                request: HTTP1Message()
            )
            encoder.writeHead(status: .ok, headers: Hello.headers, framing: framing, into: &output)
            output.writeImmutableBuffer(Hello.body)
        }
    }
}

/// A task on the global pool and the way back to the loop: the CPU time of all threads.
func measurePlainTask(_ loop: any EventLoop, _ request: Request) async {
    guard only == nil || only == "plain-task" else { return }
    let application = Hello()
    let rounds = 20_000
    let start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
    let finished = loop.makePromise(of: Void.self)
    @Sendable func step(_ left: Int) {
        guard left > 0 else { return finished.succeed() }
        Task {
            sum &+= (try? await application.respond(to: request))?.status.code ?? 0
            loop.execute { step(left - 1) }
        }
    }
    loop.execute { step(rounds) }
    try? await finished.futureResult.get()
    print("plain-task: \(Int((nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start) / Double(rounds))) ns")
}

let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
let connection = ConnectionInfo(
    remoteAddress: nil,
    localAddress: nil,
    eventLoop: loop,
    number: 1,
    logger: Logger(label: "micro-benchmark")
)
let head = RequestHead(method: "GET", target: "/hello", fields: [("Host", "127.0.0.1:8000")])
let request = Request(head: head, connection: connection, body: .none, sequence: 1)
try await loop.submit {
    measureCalls(request, LoopExecutor(loop))
    measureHeads(connection)
    measureEncoder()
}.get()
await measurePlainTask(loop, request)
