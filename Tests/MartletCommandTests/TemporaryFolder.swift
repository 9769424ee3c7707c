import FoundationEssentials

/// A folder with empty files, there while a test needs it.
enum TemporaryFolder {
    static func with(_ files: [String], _ body: (String) throws -> Void) throws {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        defer { try? manager.removeItem(at: folder) }
        for file in files {
            let url = folder.appendingPathComponent(file)
            try manager.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
        try body(folder.path)
    }
}
