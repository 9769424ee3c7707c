import MartletBytes

/// Which part of a request's path the application is mounted under.
///
/// RFC 3875 says that SCRIPT_NAME and PATH_INFO, one behind the other, are the path. Few peers do as it says:
///
/// | Peer | SCRIPT_NAME | PATH_INFO |
/// |---|---|---|
/// | nginx, uwsgi | not there | the path |
/// | nginx, uwsgi, with `uwsgi_param SCRIPT_NAME /app` | `/app` | the path, `/app` included |
/// | nginx, scgi | not there | not there; DOCUMENT_URI is the path |
/// | nginx, fastcgi | the path, maybe with `fastcgi_index` behind it | not there |
/// | Apache, mod_proxy_uwsgi | what is before PATH_INFO; before 2.4.60 or so the path | the path of the address that the request was mapped to |
/// | Apache, mod_proxy_scgi and mod_proxy_fcgi | the path | not there; the mapped address stands in SCRIPT_FILENAME |
/// | HAProxy, fastcgi, without `path-info` | the path | not there |
/// | Caddy, lighttpd, HAProxy with `path-info` | as RFC 3875 says | as RFC 3875 says |
///
/// The rules:
///
/// 1. REQUEST_URI is the measure: how the two variables are to be understood is decided by what makes them agree with its
///    path, as it is decoded, or decoded and without dot segments and repeated slashes, as nginx and Apache understand it.
///    Where they agree with the path as it came, its own percent-encoding is kept.
/// 2. Where they agree with none, the peer has rewritten the path: then its variables count and not REQUEST_URI.
/// 3. SCRIPT_NAME that is the whole path, without PATH_INFO or the same as it, is no mount in FastCGI and from Apache: that is
///    how they say every path.
/// 4. A mount ends where a segment ends, and does not end with a slash.
struct CGIPath {
    enum Outcome: Equatable {
        /// The path of REQUEST_URI, of which so many bytes, decoded, belong to the mount.
        case asItCame(mount: Int)
        /// Another path, decoded.
        case rewritten(mount: [UInt8], path: [UInt8])
        case missing
    }

    private static let slash = UInt8(ascii: "/")

    /// SCRIPT_NAME without a slash at its end.
    private let mount: [UInt8]
    /// SCRIPT_NAME.
    private let script: [UInt8]
    /// The path below the mount, as far as a variable says it; nil for none, empty for one that is empty.
    private let info: [UInt8]?
    /// The path of REQUEST_URI, decoded; nil where there is none.
    private let asked: [UInt8]?
    /// Whether a SCRIPT_NAME that is the whole path is how the peer says the path, and no mount.
    private let saysPath: Bool

    /// - Parameters:
    ///   - file: SCRIPT_FILENAME.
    ///   - asked: the path of REQUEST_URI, decoded.
    init(
        script: [UInt8],
        info: [UInt8]?,
        document: [UInt8],
        file: UnsafeRawBufferPointer,
        asked: [UInt8]?,
        over carrier: CGIProtocol
    ) {
        saysPath = carrier == .fastcgi || file.starts(with: "proxy:".utf8)
        self.script = script
        self.asked = asked
        mount = script.last == Self.slash ? Array(script.dropLast()) : script
        if let mapped = Self.mapped(file) {
            self.info = mapped
        } else if script.isEmpty, info?.isEmpty != false, !document.isEmpty {
            self.info = document
        } else if let info, script.last == Self.slash, !info.isEmpty, info.first != Self.slash {
            self.info = [Self.slash] + info
        } else {
            self.info = info
        }
    }

    func resolve() -> Outcome {
        guard let asked else { return withoutTarget }
        if let count = mountLength(in: asked) { return .asItCame(mount: count) }
        let clean = Self.normalized(asked)
        if clean != asked, let count = mountLength(in: clean) {
            return .rewritten(mount: Array(clean[..<count]), path: Array(clean[count...]))
        }
        guard let info, !info.isEmpty else {
            return isWithoutMount ? .rewritten(mount: [], path: script) : .rewritten(mount: mount, path: [])
        }
        let isWhole = script == asked || script == clean
        // Apache with a slash only behind the mapped address: /app is the root of what is mounted there.
        return .rewritten(mount: isWhole && info != [Self.slash] ? [] : mount, path: info)
    }

    private var withoutTarget: Outcome {
        if script.isEmpty, info?.isEmpty != false { return .missing }
        return .rewritten(mount: mount, path: info ?? Array(script[mount.count...]))
    }

    /// Whether SCRIPT_NAME is a path and no mount.
    private var isWithoutMount: Bool { info == nil && saysPath }

    /// How much of a path is the mount, if the variables agree with it.
    private func mountLength(in whole: [UInt8]) -> Int? {
        guard let info, !info.isEmpty else { return mountLengthWithoutInfo(in: whole) }
        if whole.count == mount.count + info.count, whole.starts(with: mount), whole[mount.count...] == info[...] {
            return mount.count
        }
        if whole == script, Self.ends(whole, with: info), whole != info || saysPath { return whole.count - info.count }
        if whole == info, Self.isBelow(whole, mount) { return mount.count }
        return nil
    }

    private func mountLengthWithoutInfo(in whole: [UInt8]) -> Int? {
        if script.isEmpty { return 0 }
        if whole == script { return isWithoutMount ? 0 : mount.count }
        if Self.isBelow(whole, mount) { return mount.count }
        // With nginx's fastcgi_index.
        let isIndexed = whole.last == Self.slash && script.starts(with: whole)
        return isIndexed && !script[whole.count...].contains(Self.slash) ? 0 : nil
    }

    private static func isBelow(_ path: [UInt8], _ mount: [UInt8]) -> Bool {
        path.starts(with: mount) && (path.count == mount.count || path[mount.count] == slash)
    }

    private static func ends(_ path: [UInt8], with rest: [UInt8]) -> Bool {
        path.count >= rest.count && path[(path.count - rest.count)...] == rest[...]
    }

    /// A path without dot segments and repeated slashes (RFC 3986 section 5.2.4, and nginx's `merge_slashes`).
    static func normalized(_ path: [UInt8]) -> [UInt8] {
        var kept: [ArraySlice<UInt8>] = []
        var endsOpen = false
        for segment in path.split(separator: slash, omittingEmptySubsequences: false).dropFirst() {
            endsOpen = segment.isEmpty || segment == [0x2E] || segment == [0x2E, 0x2E]
            if segment == [0x2E, 0x2E] { _ = kept.popLast() } else if !endsOpen { kept.append(segment) }
        }
        let whole = kept.flatMap { [slash] + $0 }
        return endsOpen || whole.isEmpty ? whole + [slash] : whole
    }
}

// MARK: - The address that Apache has mapped a request to

extension CGIPath {
    /// The path of `proxy:fcgi://127.0.0.1:9000//a%20b`, decoded and without repeated slashes at its beginning: Apache joins the
    /// slash of the mapped address and that of the rest. Nil for anything else. In `proxy:uwsgi://` it is decoded already, and
    /// PATH_INFO says it as well.
    private static func mapped(_ file: UnsafeRawBufferPointer) -> [UInt8]? {
        for prefix: StaticString in ["proxy:fcgi://", "proxy:scgi://"] {
            guard prefix.withUTF8Buffer({ file.starts(with: $0) }) else { continue }
            let rest = file.dropFirst(prefix.utf8CodeUnitCount)
            guard let start = rest.firstIndex(of: slash) else { return [slash] }
            let path = PercentEncoding.decoded(UnsafeRawBufferPointer(rebasing: rest[start...]))
            return [slash] + path.drop { $0 == slash }
        }
        return nil
    }
}
