// A server as small as can be, which takes what `martlet dev` says: it is built in seconds, and an app with Martlet in minutes.
import Glibc

// Whoever asks whether it is there may have gone.
signal(SIGPIPE, SIG_IGN)
let text = answer()
let flag = CommandLine.arguments.firstIndex(of: "--bind") ?? 0
let path = CommandLine.arguments[flag + 1].dropFirst("unix:".count)
var address = sockaddr_un()
address.sun_family = sa_family_t(AF_UNIX)
withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        guard bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0, listen(listener, 16) == 0 else {
            exit(1)
        }
    }
}
while true {
    let client = accept(listener, nil, nil)
    var request = [UInt8](repeating: 0, count: 65_536)
    _ = read(client, &request, request.count)
    let response = Array(
        "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(text)".utf8
    )
    _ = write(client, response, response.count)
    close(client)
}
