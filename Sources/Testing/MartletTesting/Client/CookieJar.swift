internal import Glibc
internal import HTTPTypes
internal import MartletBytes
internal import MartletGateway
internal import Synchronization

/// The cookies that a ``TestClient`` has been given, and sends back as a browser does (RFC 6265 section 5).
public final class CookieJar: Sendable {
    private struct Cookie: Sendable {
        let name: String
        let value: String
        let path: String
        let isSecure: Bool
        /// Seconds since 1970; nil for the end of the browser.
        let end: Int?
    }

    private let cookies = Mutex<[Cookie]>([])

    /// The value of a cookie; nil if there is none. Setting one makes it go to every path; nil takes all of the name out.
    public subscript(name: String) -> String? {
        get { cookies.withLock { $0.first { $0.name == name }?.value } }
        set {
            cookies.withLock { cookies in
                cookies.removeAll { $0.name == name }
                guard let newValue else { return }
                cookies.append(Cookie(name: name, value: newValue, path: "/", isSecure: false, end: nil))
            }
        }
    }

    /// The names of all cookies.
    public var names: [String] { cookies.withLock { $0.map(\.name) } }

    /// Takes all cookies out.
    public func clear() { cookies.withLock { $0 = [] } }

    /// The value of `Cookie` for a request; nil for none.
    func field(for path: String, isSecure: Bool) -> String? {
        let now = time(nil)
        let sent = cookies.withLock { cookies in
            cookies.removeAll { $0.end.map { $0 <= now } == true }
            return cookies.filter { Self.covers($0.path, path) && (isSecure || !$0.isSecure) }
        }
        guard !sent.isEmpty else { return nil }
        // Longer paths come first (section 5.4).
        return sent.sorted { $0.path.utf8.count > $1.path.utf8.count }.map { "\($0.name)=\($0.value)" }
            .joined(separator: "; ")
    }

    /// Takes what an answer sets.
    func take(_ headers: Headers, from path: String) {
        for line in headers.values(for: .setCookie) {
            guard let cookie = Self.read(line, from: path) else { continue }
            cookies.withLock { cookies in
                cookies.removeAll { $0.name == cookie.name && $0.path == cookie.path }
                if cookie.end.map({ $0 <= time(nil) }) != true { cookies.append(cookie) }
            }
        }
    }

    private static func read(_ line: String, from request: String) -> Cookie? {
        let parts = line.split(separator: ";", omittingEmptySubsequences: false).map { pair($0) }
        guard let first = parts.first, let value = first.value, !first.name.isEmpty else { return nil }
        var path = defaultPath(request)
        var isSecure = false
        var (maxAge, expires): (Int?, Int?) = (nil, nil)
        for part in parts.dropFirst() {
            switch part.name.lowercased() {
            case "path": if let value = part.value, value.hasPrefix("/") { path = value }
            case "secure": isSecure = true
            case "max-age": maxAge = part.value.flatMap { Int($0) }
            case "expires": expires = part.value.flatMap { HTTPDate.parse(Array($0.utf8)) }
            default: break
            }
        }
        let end = maxAge.map { $0 <= 0 ? 0 : time(nil).addingReportingOverflow($0).partialValue } ?? expires
        return Cookie(name: first.name, value: value, path: path, isSecure: isSecure, end: end)
    }

    private static func pair(_ part: Substring) -> (name: String, value: String?) {
        guard let sign = part.firstIndex(of: "=") else { return (trimmed(part), nil) }
        return (trimmed(part[..<sign]), trimmed(part[part.index(after: sign)...]))
    }

    private static func trimmed(_ text: Substring) -> String {
        String(decoding: FieldSyntax.trimmed(Array(text.utf8)), as: UTF8.self)
    }

    /// Section 5.1.4.
    private static func defaultPath(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func covers(_ cookie: String, _ path: String) -> Bool {
        path == cookie
            || (path.hasPrefix(cookie) && (cookie.hasSuffix("/") || path.dropFirst(cookie.count).first == "/"))
    }
}
