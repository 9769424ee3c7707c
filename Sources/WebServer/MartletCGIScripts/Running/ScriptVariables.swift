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
/// 2. Of the request, what ``CGIVariables`` says: so `Proxy` never becomes HTTP_PROXY. `Authorization` is left out as well: other
///    users of the machine see the environment of a process (RFC 3875 section 9.2).
/// 3. The configuration has the last word.
/// 4. The query never becomes arguments (section 4.4), which programs take for options (CVE-2012-1823).
struct ScriptVariables: Sendable {
    /// Apache passes on PATH, TZ and LD_LIBRARY_PATH.
    private static let inherited = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"]
    private static let path = "/usr/local/bin:/usr/bin:/bin"

    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    /// `NAME=value`, without NULs; each name once.
    ///
    /// - Parameter length: that of the body; nil where there is none.
    func list(for script: Script, _ request: Request, length: Int?, user: ChildUser?) throws -> [[UInt8]] {
        var variables: [String: [UInt8]] = ["PATH": Array(Self.path.utf8)]
        for name in Self.inherited {
            if let value = getenv(name) { variables[name] = Array(String(cString: value).utf8) }
        }
        for (name, value) in user?.environment ?? [:] { variables[name] = Array(value.utf8) }
        // A head has at most 64 KB, and what the server says is beside that.
        let limits = CGIVariables.Limits(bytes: 1 << 20, count: 1024)
        let known = try CGIVariables(of: request, CGIVariables.Message(length: length ?? 0), limits: limits)
        known.forEach { name, value in variables[String(decoding: name, as: UTF8.self)] = Array(value) }
        variables["HTTP_AUTHORIZATION"] = nil
        addPlace(of: script, request, to: &variables)
        for (name, value) in environment { variables[name] = Array(value.utf8) }
        return variables.sorted { $0.key < $1.key }.compactMap { name, value in
            value.contains(0) ? nil : Array(name.utf8) + [UInt8(ascii: "=")] + value
        }
    }

    /// What the request's path means where a script is a part of it.
    private func addPlace(of script: Script, _ request: Request, to variables: inout [String: [UInt8]]) {
        withExtendedLifetime(request.head) {
            let name = UnsafeRawBufferPointer(rebasing: request.pathBytes.prefix(script.nameLength))
            variables["SCRIPT_NAME"] = PercentEncoding.decoded(request.mountBytes) + PercentEncoding.decoded(name)
        }
        variables["PATH_INFO"] = script.pathInfo.isEmpty ? nil : script.pathInfo
        variables["PATH_TRANSLATED"] = script.pathTranslated
        variables["SCRIPT_FILENAME"] = script.path
        variables["DOCUMENT_ROOT"] = script.documentRoot
        // php-cgi asks whether it was a server that has started it.
        variables["REDIRECT_STATUS"] = Array("200".utf8)
        variables["REQUEST_ID"] = Array(request.id.utf8)
    }
}
