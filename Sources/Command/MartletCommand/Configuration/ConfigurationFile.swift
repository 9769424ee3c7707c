import FoundationEssentials
import Glibc
import MartletBytes

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
        switch Folder.kind(of: path) {
        case .file: try self.init(file: path)
        case .folder: try self.init(file: try Self.find(in: path))
        case .forbidden(let reason):
            throw ConfigurationError(description: "martlet: \(path) cannot be reached: \(reason).\n")
        case .missing:
            let (folder, name) = Folder.split(path)
            let files = Folder.names(in: folder).filter { $0.hasSuffix(".toml") }
            let guess =
                NearMatch.closest(to: name, among: files).map { " Did you mean '\(Folder.join(folder, $0))'?" } ?? ""
            throw ConfigurationError(description: "martlet: there is no file \(path).\(guess)\n")
        }
    }

    func read() throws(ConfigurationError) -> SiteConfiguration {
        try SiteConfiguration(text, in: root, folder: folder)
    }

    private init(file path: String) throws(ConfigurationError) {
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size]
        if let size = size as? UInt64 ?? (size as? Int).flatMap(UInt64.init(exactly:)), size > Self.largestSize {
            throw ConfigurationError(description: "martlet: \(path) is not a configuration: it is larger than 1 MB.\n")
        }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            let reason = access(path, R_OK) == 0 ? "" : ": \(String(cString: strerror(errno)))"
            throw ConfigurationError(description: "martlet: \(path) cannot be read\(reason).\n")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(description: "martlet: \(path) is not text in UTF-8.\n")
        }
        let (folder, name) = Folder.split(path)
        self.text = ConfigurationText(name: path, text: text)
        self.folder = folder
        root = name == "pyproject.toml" ? ["tool", "martlet"] : []
    }

    private static func find(in folder: String) throws(ConfigurationError) -> String {
        let own = Folder.join(folder, "martlet.toml")
        if case .forbidden(let reason) = Folder.kind(of: own) {
            throw ConfigurationError(description: "martlet: \(own) cannot be reached: \(reason).\n")
        }
        if Folder.kind(of: own) == .file { return own }
        let project = Folder.join(folder, "pyproject.toml")
        if Folder.kind(of: project) == .file {
            let file = try Self(file: project)
            if try ConfigurationDocument(file.text).table(file.root) != nil { return project }
        }
        let place = folder == "." ? "this folder" : folder
        throw ConfigurationError(
            description: """
                martlet: there is neither a martlet.toml nor a pyproject.toml with [tool.martlet] in \(place). Write one, such as

                    [app."/"]
                    wsgi = "hello:app"

                or serve one application without a file: martlet run hello:app

                """
        )
    }
}
