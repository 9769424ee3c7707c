import MartletBytes
import MartletGateway
import MartletProxy
import MartletServer
import MartletSettings

extension ProxyKinds {
    /// Folders whose files upstreams may have sent.
    static var sentFolders: SettingKind<[SentFolder]> {
        .text(
            "path=folder",
            accepts: "a folder such as `/srv/files`, or a path and a folder, such as `/protected=/srv/files`",
            read: { [try sentFolder($0)] },
            write: { $0.isEmpty ? "none" : $0.map(\.description).joined(separator: ", ") }
        )
        .repeated { $0 + $1 }
        .relative { text, folder in
            guard let sign = text.firstIndex(of: "="), text.hasPrefix("/") else { return FileSystem.join(folder, text) }
            let place = String(text[text.index(after: sign)...])
            return place.isEmpty ? text : "\(text[..<sign])=\(FileSystem.join(folder, place))"
        }
    }

    private static func sentFolder(_ text: String) throws(SettingError) -> SentFolder {
        guard let sign = text.firstIndex(of: "=") else {
            guard !text.isEmpty else {
                throw SettingError(description: "it is empty; write a folder, such as /srv/files")
            }
            return SentFolder(folder: text)
        }
        let prefix = String(text[..<sign])
        let folder = String(text[text.index(after: sign)...])
        guard !folder.isEmpty else {
            throw SettingError(description: "'\(text)' names no folder; write /protected=/srv/files")
        }
        do { _ = try MountPath(parsing: prefix) } catch { throw SettingError(description: "\(error)") }
        return SentFolder(prefix: prefix, folder: folder)
    }

    /// Names of protocols that connections may leave HTTP for.
    static var upgrades: SettingKind<[String]> {
        .text(
            "name",
            accepts: "names of protocols, such as `websocket`",
            read: { text in
                let names = text.split(separator: ",").map { $0.lowercased() }
                for name in names {
                    guard name.utf8.allSatisfy({ FieldSyntax.isToken($0) || $0 == UInt8(ascii: "/") }) else {
                        throw SettingError(description: "'\(name)' is no name of a protocol, such as websocket")
                    }
                    if ["h2c", "h2"].contains(name) || name.hasPrefix("http/") || name.hasPrefix("tls/") {
                        throw SettingError(
                            description:
                                "'\(name)' is HTTP again, whose requests nobody here would look at; an upstream that speaks HTTP/2 has an address with h2c://"
                        )
                    }
                }
                return names
            },
            write: { $0.isEmpty ? "none" : $0.joined(separator: ",") }
        )
    }
}
