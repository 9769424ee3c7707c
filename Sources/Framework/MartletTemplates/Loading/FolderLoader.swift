private import Glibc
private import MartletBytes

/// Templates in the files of a folder and the folders below it.
public struct FolderLoader: TemplateLoader {
    /// How long a template may be, in bytes; nginx's `ssi_value_length` and others suggest kilobytes, pages are not longer.
    static let largest = 8 << 20

    private let folder: String

    public init(_ folder: String) { self.folder = folder }

    public func load(_ name: String) throws -> LoadedTemplate? {
        guard let path = path(of: name) else { return nil }
        let stamp = Stamp(path)
        let bytes: [UInt8]
        do {
            bytes = try RegularFile.read(path, atMost: Self.largest)
        } catch {
            if case .missing = error { return nil }
            if case .folder = error { return nil }
            throw TemplateProblem("\(path): \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TemplateProblem("\(path): is no UTF-8; save it in this encoding")
        }
        return LoadedTemplate(text: text, path: path) { stamp != nil && Stamp(path) == stamp }
    }

    /// Nothing for a name that would lead out of the folder.
    private func path(of name: String) -> String? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !name.utf8.contains(0), parts.allSatisfy({ $0 != ".." && $0 != "." && !$0.isEmpty }) else {
            return nil
        }
        return folder + "/" + name
    }

    /// What changes when a file is saved.
    private struct Stamp: Equatable {
        let seconds: Int
        let nanoseconds: Int
        let size: Int
        let inode: UInt

        init?(_ path: String) {
            var facts = stat()
            guard stat(path, &facts) == 0 else { return nil }
            seconds = facts.st_mtim.tv_sec
            nanoseconds = facts.st_mtim.tv_nsec
            size = Int(facts.st_size)
            inode = UInt(facts.st_ino)
        }
    }

    public var place: String { "the folder \(folder)" }

    /// How many names are looked at for "did you mean".
    private static let mostNames = 1_000

    public var names: [String] {
        var found: [String] = []
        var folders = [""]
        while let folder = folders.popLast(), found.count < Self.mostNames {
            guard let handle = opendir(self.folder + "/" + folder) else { continue }
            defer { closedir(handle) }
            while let entry = readdir(handle) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard !name.hasPrefix(".") else { continue }
                if entry.pointee.d_type == UInt8(DT_DIR) {
                    if folder.utf8.count + name.utf8.count < 200 { folders.append(folder + name + "/") }
                } else {
                    found.append(folder + name)
                }
            }
        }
        return found.sorted()
    }
}
