import Glibc
import MartletServer
import MartletSettings

/// When the sources of a package were last changed.
struct SourceStamps: Sendable, Equatable {
    private let stamps: [String: FileStamp]

    /// A package has fewer files, and a look takes a fraction of a second.
    private static let most = 20_000
    private static let folders = ["Sources", "Plugins", "Macros"]

    init(of package: String) {
        var stamps: [String: FileStamp] = [:]
        for name in ["Package.swift", "Package.resolved"] {
            let path = FileSystem.join(package, name)
            stamps[path] = FileStamp([path])
        }
        var open = Self.folders.map { FileSystem.join(package, $0) }
        while let folder = open.popLast(), stamps.count < Self.most {
            guard let handle = opendir(folder) else { continue }
            defer { closedir(handle) }
            while let entry = readdir(handle) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                // Dotfiles are those of editors.
                guard !name.hasPrefix(".") else { continue }
                let path = folder + "/" + name
                if entry.pointee.d_type == UInt8(DT_DIR) { open.append(path) } else { stamps[path] = FileStamp([path]) }
            }
        }
        self.stamps = stamps
    }
}
