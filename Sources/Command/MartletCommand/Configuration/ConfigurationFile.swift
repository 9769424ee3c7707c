import MartletBytes
import MartletSettings

/// Which file `martlet serve` and `martlet check` read: the one that is named, else `martlet.toml` of the current folder, else the
/// table `[tool.martlet]` of its `pyproject.toml`.
struct ConfigurationFile: Sendable {
    let text: ConfigurationText
    /// The table that all of it is in.
    let root: [String]
    /// The folder that its paths are relative to.
    let folder: String

    /// Far more than a person writes: a wrong file, such as an image, should not be read into memory.
    static let largestSize = 1 << 20

    /// - Parameter path: a file, or a folder to look in; nil for the current one.
    /// - Throws: ``ConfigurationError``.
    init(at path: String?) throws(ConfigurationError) {
        let path = path ?? "."
        switch FileSystem.kind(of: path) {
        case .file: try self.init(file: path)
        case .folder: try self.init(file: try Self.find(in: path))
        case .forbidden(let reason):
            throw ConfigurationError(description: "martlet: \(path) cannot be reached: \(reason).\n")
        case .missing:
            let (folder, name) = FileSystem.split(path)
            let files = FileSystem.names(in: folder).filter { $0.hasSuffix(".toml") }
            let guess =
                NearMatch.closest(to: name, among: files).map { " Did you mean '\(FileSystem.join(folder, $0))'?" }
                ?? ""
            throw ConfigurationError(description: "martlet: there is no file \(path).\(guess)\n")
        }
    }

    func read() throws(ConfigurationError) -> Site {
        try Site(text, in: root, folder: folder)
    }

    /// The same, with what is right in a file that is not.
    ///
    /// - Parameter listens: whether its addresses will be listened at.
    func examine(listens: Bool = true) throws(ConfigurationError) -> (Site, [ConfigurationProblem]) {
        try Site.read(text, in: root, folder: folder, listens: listens)
    }

    private init(file path: String) throws(ConfigurationError) {
        let bytes: [UInt8]
        do throws(RegularFile.Problem) {
            bytes = try RegularFile.read(path, atMost: Self.largestSize)
        } catch {
            let reason =
                error == .tooLarge ? "is not a configuration: it is larger than 1 MB" : "cannot be read: \(error)"
            throw ConfigurationError(description: "martlet: \(path) \(reason).\n")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(description: "martlet: \(path) is not text in UTF-8.\n")
        }
        let (folder, name) = FileSystem.split(path)
        self.text = ConfigurationText(name: path, text: text)
        self.folder = folder
        root = name == "pyproject.toml" ? ["tool", "martlet"] : []
    }

    private static func find(in folder: String) throws(ConfigurationError) -> String {
        let own = FileSystem.join(folder, "martlet.toml")
        if case .forbidden(let reason) = FileSystem.kind(of: own) {
            throw ConfigurationError(description: "martlet: \(own) cannot be reached: \(reason).\n")
        }
        if FileSystem.kind(of: own) == .file { return own }
        let project = FileSystem.join(folder, "pyproject.toml")
        if FileSystem.kind(of: project) == .file {
            let file = try Self(file: project)
            if try ConfigurationDocument(file.text, folder: file.folder).table(file.root) != nil { return project }
        }
        let place = folder == "." ? "this folder" : folder
        throw ConfigurationError(
            description: """
                martlet: there is neither a martlet.toml nor a pyproject.toml with [tool.martlet] in \(place). Write one, such as

                    [route."/"]
                    wsgi = "hello:app"

                or serve one application without a file: martlet run hello:app

                """
        )
    }
}
