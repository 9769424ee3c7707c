import Glibc
import MartletBytes
import MartletCGI
import MartletGateway
import MartletProcesses

/// The environment of a script: CGI's variables (RFC 3875 section 4.1), what scripts need besides, and what the configuration says.
///
/// The rules:
///
/// 1. Nothing of the server's own environment but what ``inherited`` lists. What is in a variable of the server, a password say, is not
///    a script's.
/// 2. `Proxy` never becomes HTTP_PROXY, which programs take for their own proxy (httpoxy, CVE-2016-5387); `Authorization` never
///    becomes a variable, as RFC 3875 section 4.1.18 advises, unless the configuration asks for it.
/// 3. A field whose name has an underscore, which would be one with that of a hyphen, is left out. Several lines of one name are joined.
/// 4. The configuration has the last word.
/// 5. The query never becomes arguments (section 4.4), which programs take for options (CVE-2012-1823).
struct ScriptVariables: Sendable {
    /// Apache passes on PATH, TZ and LD_LIBRARY_PATH.
    private static let inherited = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"]
    private static let path = "/usr/local/bin:/usr/bin:/bin"

    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    /// `NAME=value`, without NULs; each name once.
    func list(for script: Script, _ request: Request, length: Int?, user: ChildUser?) throws -> [[UInt8]] {
        var variables: [String: [UInt8]] = ["PATH": Array(Self.path.utf8)]
        for name in Self.inherited {
            if let value = getenv(name) { variables[name] = Array(String(cString: value).utf8) }
        }
        for (name, value) in user?.environment ?? [:] { variables[name] = Array(value.utf8) }
        let list = try Self.variables(for: script, request, length: length)
        list.forEach { name, value in variables[String(decoding: name, as: UTF8.self)] = Array(value) }
        for (name, value) in environment { variables[name] = Array(value.utf8) }
        return variables.sorted { $0.key < $1.key }.compactMap { name, value in
            value.contains(0) ? nil : Array(name.utf8) + [UInt8(ascii: "=")] + value
        }
    }

    private static func variables(
        for script: Script,
        _ request: Request,
        length: Int?
    ) throws(CGIVariables.Overflow) -> CGIVariables {
        // A head has at most 64 KB; what the server adds is beside that.
        var list = CGIVariables(limits: CGIVariables.Limits(bytes: 1 << 20, count: 1024))
        let head = request.head
        let texts = request.connection.texts
        try list.append("GATEWAY_INTERFACE", "CGI/1.1")
        try list.append("SERVER_SOFTWARE", "Martlet")
        try list.append("SERVER_PROTOCOL", "\(request.version)")
        try list.append("SERVER_NAME", serverName(request) ?? texts.serverName)
        try list.append("SERVER_PORT", texts.serverPort)
        try list.append("REMOTE_ADDR", texts.remoteAddress)
        if !texts.remoteAddress.isEmpty { try list.append("REMOTE_HOST", texts.remoteAddress) }
        if !texts.remotePort.isEmpty { try list.append("REMOTE_PORT", texts.remotePort) }
        try list.append("REQUEST_METHOD", Array(head.slice(head.method)))
        try list.append("REQUEST_URI", Array(head.slice(head.target)))
        try list.append("REQUEST_SCHEME", request.scheme)
        try list.append("QUERY_STRING", head.query.map { Array(head.slice($0)) } ?? [])
        if request.scheme == "https" { try list.append("HTTPS", "on") }
        if let user = request.storage[RemoteUser.self] {
            try list.append("REMOTE_USER", user)
            try list.append("AUTH_TYPE", "Basic")
        }
        let name = PercentEncoding.decoded(
            UnsafeRawBufferPointer(rebasing: request.pathBytes.prefix(script.nameLength))
        )
        try list.append("SCRIPT_NAME", PercentEncoding.decoded(request.mountBytes) + name)
        try list.append("SCRIPT_FILENAME", script.path)
        try list.append("DOCUMENT_ROOT", script.documentRoot)
        // php-cgi asks whether it was a server that has started it.
        try list.append("REDIRECT_STATUS", "200")
        if !script.pathInfo.isEmpty { try list.append("PATH_INFO", script.pathInfo) }
        if let translated = script.pathTranslated { try list.append("PATH_TRANSLATED", translated) }
        if let length { try list.append("CONTENT_LENGTH", String(length)) }
        try list.append("REQUEST_ID", request.id)
        try addFields(of: request, to: &list)
        return list
    }

    /// The name that the client has addressed, without its port.
    private static func serverName(_ request: Request) -> [UInt8]? {
        guard let authority = request.head.authority else { return nil }
        let name = HostName.name(in: request.head.slice(authority))
        return name.isEmpty ? nil : Array(name)
    }

    private static func addFields(of request: Request, to list: inout CGIVariables) throws(CGIVariables.Overflow) {
        let head = request.head
        var values: [[UInt8]: [UInt8]] = [:]
        var order: [[UInt8]] = []
        for field in head.fields {
            let name = head.slice(field.name)
            guard let key = key(of: name) else { continue }
            let value = Array(head.slice(field.value))
            if let former = values[key] {
                values[key] = former + (ASCIICase.equals(name, "cookie") ? "; " : ", ").utf8 + value
            } else {
                values[key] = value
                order.append(key)
            }
        }
        // RFC 9112 section 3.2.2: the absolute form takes the place of Host.
        if let authority = head.authority, values[Array("HTTP_HOST".utf8)] != nil {
            values[Array("HTTP_HOST".utf8)] = Array(head.slice(authority))
        }
        for key in order {
            guard let value = values[key] else { continue }
            try append(key, value, to: &list)
        }
    }

    private static func append(
        _ name: [UInt8],
        _ value: [UInt8],
        to list: inout CGIVariables
    ) throws(CGIVariables.Overflow) {
        var failure: CGIVariables.Overflow?
        name.withUnsafeBytes { name in
            value.withUnsafeBytes { value in
                do throws(CGIVariables.Overflow) { try list.append(name: name, value: value) } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    /// `HTTP_USER_AGENT` for `User-Agent`; nil for what scripts do not get.
    private static func key(of name: UnsafeRawBufferPointer) -> [UInt8]? {
        guard !name.contains(UInt8(ascii: "_")) else { return nil }
        if ASCIICase.equals(name, "content-type") { return Array("CONTENT_TYPE".utf8) }
        let withheld: [StaticString] = [
            "content-length", "transfer-encoding", "proxy", "authorization", "connection", "proxy-authorization",
        ]
        if withheld.contains(where: { ASCIICase.equals(name, $0) }) { return nil }
        return Array("HTTP_".utf8)
            + name.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : ASCIICase.uppercased($0) }
    }
}
