package import MartletFolders

/// How a folder is served.
package struct FilesConfiguration: Sendable, Equatable {
    /// The folder. A symbolic link may stand here, and be turned to another folder while it is served.
    package var root: String
    /// What a folder answers with, the first that is there.
    package var index = ["index.html"]
    /// The files that a path may stand for, in this order; `{path}` is the path itself.
    package var attempts = [FilesConfiguration.itself]
    /// What answers where there is no file, for applications that have their routes in the browser.
    package var fallback: String?
    /// Whether a folder without an index shows what is in it.
    package var listing = false
    /// Whether names that begin with a dot are served; `.well-known` always is.
    package var dotfiles = false
    /// How long clients may keep an answer without asking; nil to say nothing.
    package var cache: CacheLifetime?
    /// Whether `app.js.br` answers for `app.js`, to those who take it.
    package var precompressed = true
    /// Content types by extension, beside the built-in ones and before them.
    package var types: [String: String] = [:]
    /// The encoding of text files; nil to say none.
    package var charset: String? = "utf-8"
    package var symlinks = SymlinkPolicy.inside
    /// Whether an application that is behind the folder answers with files whose type is not known here.
    package var leavesUnknownTypes = false

    package static let itself = "{path}"

    package init(root: String) {
        self.root = root
    }
}

/// The value of Cache-Control.
package struct CacheLifetime: Sendable, Equatable {
    /// 0 for asking each time whether it has changed.
    package let seconds: Int
    /// It never changes: its name has a hash, say.
    package let isImmutable: Bool
    /// It may also be kept for others where the request had a password.
    package let isPublic: Bool

    package init(seconds: Int, isImmutable: Bool = false, isPublic: Bool = false) {
        self.seconds = seconds
        self.isImmutable = isImmutable
        self.isPublic = isPublic
    }

    var field: String {
        guard seconds > 0 else { return "no-cache" }
        return (isPublic ? "public, " : "") + "max-age=\(seconds)" + (isImmutable ? ", immutable" : "")
    }
}
