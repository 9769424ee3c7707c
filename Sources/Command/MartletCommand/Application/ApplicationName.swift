import MartletBytes
import MartletServer
import MartletSettings

/// What APP on the command line names: a module or a file, and what in it to call.
///
/// Only what can be known without Python is checked here, so that a typing error is answered at once.
struct ApplicationName: Equatable {
    enum Source: Equatable {
        case module(String)
        case file(String)
    }

    let text: String
    let source: Source
    /// What follows the colon: a name, or a call of a factory such as `create_app()`.
    let attribute: String?

    /// The forms of APP, for `--help` and the reference page.
    static let forms: [(text: String, meaning: String)] = [
        ("hello:app", "`app` of the module `hello`"),
        ("hello", "`application` of the module `hello`, or else its `app`"),
        ("shop.wsgi:application", "`application` of `wsgi` in the package `shop`"),
        ("path/hello.py:app", "`app` of a file"),
        ("path/hello.py", "`application` of a file, or else its `app`"),
        ("shop:create_app()", "what the function `create_app` of `shop` returns"),
    ]

    init(parsing text: String) throws(SettingError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first, !name.isEmpty else {
            throw SettingError(description: "a module or a file must be named, such as hello:app or hello.py")
        }
        self.text = text
        if name.contains("/") || name.hasSuffix(".py") || name == "." || name == ".." {
            source = .file(name)
        } else {
            source = .module(name)
            try Self.checkModule(name)
        }
        attribute = parts.count > 1 ? parts[1] : nil
        if let attribute { try Self.checkAttribute(attribute, of: name) }
    }

    private static func checkModule(_ name: String) throws(SettingError) {
        guard name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isIdentifier) else {
            throw SettingError(
                description: "'\(name)' is not a name that Python can import; write MODULE:NAME, such as hello:app, "
                    + "or the path of a file, such as ./hello.py"
            )
        }
    }

    private static func checkAttribute(_ attribute: String, of name: String) throws(SettingError) {
        if attribute.isEmpty {
            throw SettingError(description: "nothing follows the colon; write \(name):app, or \(name) alone")
        }
        // The arguments of a factory are Python's to judge.
        let isCall = attribute.hasSuffix(")")
        let path = isCall ? attribute.prefix { $0 != "(" } : attribute[...]
        guard path.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isIdentifier) else {
            throw SettingError(
                description:
                    "'\(attribute)' is not a name in Python; write \(name):app, or \(name):create_app() for a factory"
            )
        }
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        guard let first = text.first, first == "_" || first.isLetter else { return false }
        return text.allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
    }
}

// MARK: - Against the file system

extension ApplicationName {
    /// Checks that the file is there, and looks for slips that a look at the folder gives away.
    func check(in directory: String) throws(SettingError) {
        switch source {
        case .file(let path): try checkFile(path, in: directory)
        case .module(let name): try checkDots(name, in: directory)
        }
    }

    private func checkFile(_ path: String, in directory: String) throws(SettingError) {
        let full = FileSystem.join(directory, path)
        let suffix = attribute.map { ":" + $0 } ?? ""
        switch FileSystem.kind(of: full) {
        case .file:
            guard path.hasSuffix(".py") else {
                throw SettingError(description: "\(path) is not a Python file: its name does not end in .py")
            }
        case .folder:
            throw SettingError(
                description: "\(path) is a folder; name a file in it" + Self.examples(in: full, as: path)
            )
        case .forbidden(let reason):
            throw SettingError(description: "\(full) cannot be reached: \(reason)")
        case .missing:
            let (folder, name) = FileSystem.split(path)
            let files = FileSystem.names(in: FileSystem.join(directory, folder)).filter { $0.hasSuffix(".py") }
            let guess = NearMatch.closest(to: name, among: files).map { FileSystem.join(folder, $0) + suffix }
            throw SettingError(
                description: "there is no file \(full)" + (guess.map { "; did you mean '\($0)'?" } ?? "")
            )
        }
    }

    /// `hello.app` where `hello:app` is meant: `hello` is a file, so it can have no module `app`.
    private func checkDots(_ name: String, in directory: String) throws(SettingError) {
        guard attribute == nil, let dot = name.lastIndex(of: ".") else { return }
        let module = name[..<dot]
        let path = FileSystem.join(directory, module.split(separator: ".").joined(separator: "/"))
        guard FileSystem.kind(of: path + ".py") == .file, FileSystem.kind(of: path) == .missing else { return }
        throw SettingError(
            description:
                "\(path).py is a module, not a package; did you mean '\(module):\(name[name.index(after: dot)...])'?"
        )
    }

    private static func examples(in folder: String, as path: String) -> String {
        let files = FileSystem.names(in: folder).filter { $0.hasSuffix(".py") }.prefix(3)
        return files.isEmpty ? "" : ", such as " + files.map { FileSystem.join(path, $0) }.joined(separator: ", ")
    }
}
