import Glibc
import MartletSettings

/// The virtual environment that the person has activated: a unit of systemd has none, so that a file has to name it.
enum ActiveEnvironment {
    /// Its Python, as a file in the folder names it; nil where none is active, or one in the folder is found without.
    ///
    /// - Parameters:
    ///   - folder: from the root, without links.
    ///   - directory: that of the application, in the folder.
    static func python(for folder: String, _ directory: String?, active: String?) -> String? {
        guard let active, let real = realpath(active, nil) else { return nil }
        defer { free(real) }
        let environment = String(cString: real)
        let python = FileSystem.join(environment, "bin/python")
        guard FileSystem.kind(of: python) == .file else { return nil }
        let place = directory.map { FileSystem.join(folder, $0) } ?? folder
        // What is beside the application goes before what is active.
        let isFound = [".venv", "venv", "env"].contains {
            FileSystem.kind(of: FileSystem.join(place, "\($0)/pyvenv.cfg")) == .file
        }
        guard !isFound else { return nil }
        return python.hasPrefix(folder + "/") ? String(python.dropFirst(folder.count + 1)) : python
    }

    static var variable: String? {
        getenv("VIRTUAL_ENV").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
