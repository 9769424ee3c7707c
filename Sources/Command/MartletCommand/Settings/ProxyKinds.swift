import HTTPTypes
import MartletBytes
import MartletProxy
import MartletServer

/// How the settings of upstreams are written.
enum ProxyKinds {
    static var upstreams: SettingKind<[UpstreamURL]> {
        var kind = SettingKind<[UpstreamURL]>.text(
            "URL",
            accepts:
                "an address such as `http://127.0.0.1:3000`, `https://example.com`, `http://unix:/run/app.sock`, `uwsgi://127.0.0.1:3031`, "
                + "`scgi://…` or `fastcgi://unix:/run/php/php-fpm.sock`",
            read: { [try UpstreamURL(parsing: $0)] },
            write: { $0.isEmpty ? "none: it must be there" : $0.map { "\($0)" }.joined(separator: ", ") }
        )
        .repeated { $0 + $1 }
        kind.format.isArgument = true
        return kind
    }

    static var passedHost: SettingKind<PassedHost> {
        .text(
            "host",
            accepts: "`client` for what the client has sent, `upstream` for the upstream's own name, or a name",
            read: { text in
                guard let host = PassedHost(parsing: text) else {
                    throw SettingError(description: "'\(text)' is no host; write client, upstream or a name")
                }
                return host
            },
            write: {
                switch $0 {
                case .client: "client"
                case .upstream: "upstream"
                case .text(let text): text
                }
            }
        )
    }

    private static var names: [String] {
        ["round-robin", "least-connections", "hash:address", "hash:path", "hash:header:NAME", "hash:cookie:NAME"]
    }

    static var balance: SettingKind<Balance> {
        .text(
            "how",
            accepts: names.map { "`\($0)`" }.joined(separator: ", "),
            read: { text in
                switch text {
                case "round-robin": return .roundRobin
                case "least-connections": return .leastConnections
                case "hash:address": return .hash(.address)
                case "hash:path": return .hash(.path)
                default:
                    let prefix = "hash:header:"
                    if text.hasPrefix(prefix), HTTPField.Name(String(text.dropFirst(prefix.count))) != nil {
                        return .hash(.header(text.dropFirst(prefix.count).lowercased()))
                    }
                    let cookie = "hash:cookie:"
                    if text.hasPrefix(cookie), text.count > cookie.count,
                        text.utf8.dropFirst(cookie.utf8.count).allSatisfy(FieldSyntax.isToken)
                    {
                        return .hash(.cookie(String(text.dropFirst(cookie.count))))
                    }
                    let hint = NearMatch.closest(to: text, among: names).map { "did you mean \($0)?" }
                    throw SettingError(
                        description:
                            "'\(text)' is no way to balance; \(hint ?? "there are \(names.joined(separator: ", "))")"
                    )
                }
            },
            write: {
                switch $0 {
                case .roundRobin: "round-robin"
                case .leastConnections: "least-connections"
                case .hash(.address): "hash:address"
                case .hash(.path): "hash:path"
                case .hash(.header(let name)): "hash:header:\(name)"
                case .hash(.cookie(let name)): "hash:cookie:\(name)"
                }
            }
        )
    }

    static func token(_ placeholder: String) -> SettingKind<String> {
        .text(
            placeholder,
            accepts: "a name",
            read: { text in
                guard !text.isEmpty, text.utf8.allSatisfy(FieldSyntax.isToken) else {
                    throw SettingError(description: "'\(text)' is no name: letters, digits, '-', '_' and '.'")
                }
                return text
            },
            write: { $0 }
        )
    }

    /// A name below a folder.
    static let fileName: SettingKind<String> = .text(
        "name",
        accepts: "a name, such as `index.php`",
        read: { text in
            guard !text.isEmpty, !text.hasPrefix("/"), !text.utf8.contains(0),
                !text.split(separator: "/").contains("..")
            else { throw SettingError(description: "'\(text)' is no name below the folder, such as index.php") }
            return text
        },
        write: { $0 }
    )

    static let path: SettingKind<String> = .text(
        "path",
        accepts: "a path, such as `/health`",
        read: { text in
            guard text.hasPrefix("/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#") else {
                throw SettingError(description: "'\(text)' is no path, which begins with a slash, such as /health")
            }
            return text
        },
        write: { $0 }
    )
}
