import MartletBytes
package import MartletFiles
import MartletFolders
package import MartletServer
import MartletSettings

/// The settings of a folder of files, a row for each.
extension FilesConfiguration: Configurable {
    package static let defaults = FilesConfiguration(root: "")

    /// Those of `martlet static`, which is for looking at files.
    package static var flagDefaults: FilesConfiguration {
        var configuration = defaults
        configuration.listing = true
        configuration.cache = CacheLifetime(seconds: 0)
        return configuration
    }

    package static let settings: [Setting<FilesConfiguration>] = [
        Setting(
            "DIR",
            key: "files",
            \.root,
            .folder,
            "The folder to serve",
            details: """
                A symbolic link may stand here: when it is turned to another folder, that one is served.
                """,
            precedent: "nginx root, Caddy root"
        ),
        Setting(
            "index",
            \.index,
            .names("index.html"),
            "What a folder answers with, the first that is there; may be given several times",
            precedent: "nginx index index.html"
        ),
        Setting(
            "try",
            \.attempts,
            .attempts,
            "The files that a path may stand for, in this order; may be given several times",
            details: """
                With `{path}` and `{path}.html`, `/about` is answered with `about.html`. A folder is found by `{path}` alone.
                """,
            precedent: "nginx try_files, Caddy try_files"
        ),
        Setting(
            "fallback",
            \.fallback,
            .text(
                "file",
                accepts: "a file below the folder, such as `index.html`",
                read: { try fileName($0) },
                write: { $0 ?? "none" }
            ),
            "The file that answers where there is none, for applications that have their routes in the browser",
            details: """
                A path that ends as a file of a known type does, such as `/app.js`, stays a 404: a page in place of a script would \
                only hide that it is missing. The file is sent with `Cache-Control: no-cache`, whatever `cache` says.
                """,
            precedent: "nginx try_files $uri /index.html"
        ),
        Setting(
            "listing",
            \.listing,
            .onOff,
            "Show what is in a folder without an index",
            details:
                "As a page, or as JSON to those who ask with `Accept: application/json`. At most \(FolderListing.most) entries.",
            precedent: "nginx autoindex off"
        ),
        Setting(
            "dotfiles",
            \.dotfiles,
            .onOff,
            "Serve names that begin with a dot, such as `.git` and `.env`",
            details: "`.well-known` at the top of the folder is served either way.",
            precedent: "Apache denies .ht*, Caddy hide"
        ),
        Setting(
            "cache",
            \.cache,
            .cacheLifetime,
            "How long clients may keep a file without asking whether it has changed",
            details: """
                Without it, browsers guess. `0s` has them ask each time, which costs one 304. `immutable` is for names that change \
                with the content: not even a reload asks then.
                """,
            precedent: "nginx expires off"
        ),
        Setting(
            "precompressed",
            \.precompressed,
            .onOff,
            "Answer for `app.js` with `app.js.zst`, `app.js.br` or `app.js.gz` where it is there and the client takes it",
            details: "One that is older than `app.js` is not used.",
            precedent: "nginx gzip_static off, Caddy precompressed"
        ),
        Setting(
            "mime",
            key: "types",
            \.types,
            .mediaTypes,
            "The Content-Type of an extension, beside the known ones; may be given several times",
            precedent: "nginx types",
            defaultText: "the built-in ones"
        ),
        Setting(
            "charset",
            \.charset,
            .text(
                "name",
                accepts: "the name of an encoding, or `off`",
                read: { try charset($0) },
                write: { $0 ?? "off" }
            ),
            "The encoding of text files, told with their Content-Type",
            precedent: "nginx charset off, Apache AddDefaultCharset off"
        ),
        Setting(
            "symlinks",
            \.symlinks,
            .choice(
                "which",
                SymlinkPolicy.allCases,
                accepts: "`inside` for those that do not leave the folder, or `all`"
            ) { _ in "symbolic links are followed 'inside' the folder, or 'all' of them" },
            "Which symbolic links are followed",
            details:
                """
                The system itself looks up below the folder (`RESOLVE_BENEATH`), so a link that is turned meanwhile leads nowhere. A link \
                with an absolute path is followed if what it leads to is in the folder.
                """,
            precedent: "nginx disable_symlinks off, Apache FollowSymLinks"
        ),
    ]

    private static func fileName(_ text: String) throws(SettingError) -> String {
        guard !text.isEmpty, !text.hasPrefix("/"), !text.hasSuffix("/") else {
            throw SettingError(description: "it is a file below the folder, such as index.html")
        }
        return text
    }

    private static func charset(_ text: String) throws(SettingError) -> String? {
        if text == "off" { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy(FieldSyntax.isToken) else {
            throw SettingError(description: "it is the name of an encoding, such as utf-8, or off")
        }
        return text
    }
}

extension SettingKind where Value == String {
    fileprivate static var folder: Self {
        var kind = Self.text(
            "DIR",
            accepts: "an existing folder",
            read: { try FileSystem.existingFolder($0) },
            write: { $0.isEmpty ? "none: it must be there" : $0 }
        )
        kind.format.isArgument = true
        return kind.relative { $0.isEmpty ? $0 : FileSystem.join($1, $0) }
    }
}

extension SettingKind where Value == [String] {
    fileprivate static func names(_ example: String) -> Self {
        Self.text(
            "name",
            accepts: "the name of a file, such as `\(example)`",
            read: { text in
                guard !text.isEmpty, !text.contains("/") else {
                    throw SettingError(description: "it is the name of a file in the folder, such as \(example)")
                }
                return [text]
            },
            write: { $0.joined(separator: ",") }
        )
        .repeated { $0 + $1 }
    }

    fileprivate static var attempts: Self {
        Self.text(
            "pattern",
            accepts: "a path below the folder in which `{path}` stands for that of the request, such as `{path}.html`",
            read: { text in
                guard text.contains(FilesConfiguration.itself) else {
                    throw SettingError(
                        description:
                            "write {path} for the path of the request, as in {path}.html; one file for everything else is 'fallback'"
                    )
                }
                return [text]
            },
            write: { $0.joined(separator: ",") }
        )
        .repeated { $0 + $1 }
    }
}

extension SettingKind where Value == CacheLifetime? {
    fileprivate static var cacheLifetime: Self {
        Self.text(
            "time",
            accepts: "a duration such as `30d`, `0s` for asking each time, `1y immutable`, or `off`",
            read: { text in
                if text == "off" { return nil }
                let words = text.split(separator: " ")
                guard let time = words.first, words.count == 1 || (words.count == 2 && words[1] == "immutable") else {
                    throw SettingError(description: "write a duration such as 30d, 0s, '1y immutable', or off")
                }
                return CacheLifetime(seconds: try seconds(String(time)), isImmutable: words.count == 2)
            },
            write: { $0.map { "\($0.seconds) s" + ($0.isImmutable ? " immutable" : "") } ?? "off" }
        )
    }

    private static func seconds(_ text: String) throws(SettingError) -> Int {
        let seconds = Int(try LongDuration.parse(text).components.seconds)
        // Caches take no more than 2^31 seconds (RFC 9111 section 1.2.2), and a year says as much.
        guard seconds <= 31_536_000 else { throw SettingError(description: "it is at most a year, 1y") }
        return seconds
    }
}

extension SettingKind where Value == [String: String] {
    fileprivate static var mediaTypes: Self {
        var kind = Self.text(
            "ext=type",
            accepts: "`EXTENSION=TYPE`, such as `gmi=text/gemini`; a table of texts in a file",
            read: { text in
                let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2, let name = parts.first, let type = parts.last,
                    type.contains("/"), type.utf8.allSatisfy(FieldSyntax.isValue)
                else { throw SettingError(description: "write EXTENSION=TYPE, such as gmi=text/gemini") }
                return [(name.hasPrefix(".") ? String(name.dropFirst()) : name).lowercased(): type]
            },
            write: { $0.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
        )
        kind.format.inFile = .table
        return kind.repeated { $0.merging($1) { $1 } }
    }
}
