import Glibc

/// Small reads of /proc.
enum ProcFile {
    static func read(_ path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 16_777_216 {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: block.prefix(count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func list(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { place in
                place.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            names.append(name)
        }
        return names
    }

    static func link(_ path: String) -> String {
        var block = [UInt8](repeating: 0, count: 128)
        let count = block.withUnsafeMutableBytes { memory in
            memory.withMemoryRebound(to: CChar.self) { text -> Int in
                guard let base = text.baseAddress else { return 0 }
                return readlink(path, base, text.count)
            }
        }
        return count > 0 ? String(decoding: block.prefix(count), as: UTF8.self) : ""
    }
}
