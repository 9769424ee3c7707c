/// A number that stands for a set of names, whatever their order, in every process (FNV-1a). It tells them apart, and protects nothing.
enum NameMark {
    static func of(_ names: [String]) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        for byte in names.sorted().joined(separator: ",").utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return hash
    }
}
