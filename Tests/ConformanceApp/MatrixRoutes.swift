import HTTPTypes
import MartletForms
import MartletFramework
import MartletGateway
import NIOCore

/// What the matrix asks for besides the conformance table; `Tests/Conformance/matrix.py` is the same.
enum MatrixRoutes {
    private static let block = String(repeating: "0123456789abcdef", count: 4096)

    static func add(to app: App) {
        app.route("/facts", methods: [.get, .post, .put, .patch, .delete, .options]) { request in Facts(request) }
        app.get("/redirect") { request in
            "".status(.found).header(.location, request.args["to"] ?? "/")
        }
        app.get("/many") { request in
            var headers = Headers()
            for number in 0..<60 { headers.append("X-Out-\(number)", "value \(number)") }
            headers.append("X-Long", String(repeating: "y", count: 3000))
            var own = 0
            var long = 0
            request.headers.forEach { name, value in
                let name = name.lowercased()
                if name.hasPrefix("x-in-") { own += 1 }
                if name == "x-long" { long = value.utf8.count }
            }
            return Response(headers: headers, body: .bytes(ByteBuffer(string: "\(own) \(long)")))
        }
        app.get("/large") { request in
            let blocks = request.args["blocks"].flatMap { Int($0) } ?? 0
            return Response.stream(length: blocks * block.utf8.count) { writer in
                for _ in 0..<blocks { try await writer.write(block) }
            }
        }
    }
}

/// Where a request came from and what it was for.
private struct Facts: Encodable {
    let method: String
    let mount: String
    let path: String
    let query: String
    let scheme: String
    let address: String
    let server: String
    let port: String
    let forwarded: String

    init(_ request: Request) {
        let texts = request.connection.texts
        method = request.method.rawValue
        mount = request.mountPath
        path = request.path
        query = request.query
        scheme = request.scheme
        address = String(decoding: texts.remoteAddress, as: UTF8.self)
        server = String(decoding: texts.serverName, as: UTF8.self)
        port = String(decoding: texts.serverPort, as: UTF8.self)
        forwarded = HTTPField.Name("X-Forwarded-For").flatMap { request.headers[$0] } ?? ""
    }
}
