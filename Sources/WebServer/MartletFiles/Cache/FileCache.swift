import MartletBytes

/// The files that a loop has at hand, by the path of the request as it was sent.
///
/// A path belongs to a set of eight places, which are searched one by one: so nobody can make a search long by paths that
/// collide, and a new file displaces the one of its set that was not used for longest. `/a` and `/%61` are two paths.
struct FileCache {
    private static let ways = 8
    private static let sets = 256

    private var places = [CachedFile?](repeating: nil, count: sets * ways)
    private let seed = UInt64.random(in: 0...UInt64.max)
    private var count = 0

    var isEmpty: Bool { count == 0 }

    func find(_ path: UnsafeRawBufferPointer, isFallback: Bool) -> CachedFile? {
        let first = set(of: path)
        for place in first..<(first &+ Self.ways) {
            guard let file = places[place], file.question.path.count == path.count,
                file.question.isFallback == isFallback, path.elementsEqual(file.question.path)
            else { continue }
            return file
        }
        return nil
    }

    mutating func insert(_ file: CachedFile) {
        remove(file.question)
        let first = file.question.path.withUnsafeBytes { set(of: $0) }
        var chosen = first
        for place in first..<(first &+ Self.ways) {
            guard let other = places[place] else {
                chosen = place
                break
            }
            if let oldest = places[chosen], other.lastUsed < oldest.lastUsed { chosen = place }
        }
        if places[chosen] == nil { count += 1 }
        places[chosen] = file
    }

    mutating func remove(_ question: LookUp) {
        let first = question.path.withUnsafeBytes { set(of: $0) }
        for place in first..<(first &+ Self.ways) {
            guard let file = places[place], file.question.path == question.path,
                file.question.isFallback == question.isFallback
            else { continue }
            empty(place)
        }
    }

    mutating func removeUnused(since moment: Int) {
        for place in places.indices {
            if let file = places[place], file.lastUsed < moment { empty(place) }
        }
    }

    /// Gives back what keeps files open.
    mutating func removeDescriptors() {
        for place in places.indices {
            if let file = places[place], file.file.keepsDescriptors { empty(place) }
        }
    }

    private mutating func empty(_ place: Int) {
        places[place] = nil
        count -= 1
    }

    /// The first place of a path's set: FNV-1a, begun at random.
    private func set(of path: UnsafeRawBufferPointer) -> Int {
        var hash = seed
        for byte in path { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash >> 32) % UInt64(Self.sets)) &* Self.ways
    }
}
