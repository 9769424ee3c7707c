internal import HTTPTypes
internal import MartletBytes
internal import MartletGateway

extension Router {
    /// Finds what answers `method` on a raw path. An empty path, which a mounted application can get, means a single
    /// slash.
    func match(_ method: HTTPRequest.Method, path: UnsafeRawBufferPointer) -> Outcome {
        guard path.count > 0 else {
            var slash = UInt8(ascii: "/")
            return withUnsafeBytes(of: &slash) { match(method, path: $0) }
        }
        guard path[0] == UInt8(ascii: "/") else { return .notFound }
        let outcome = search(method, path)
        switch outcome {
        case .found, .mounted, .redirect: return outcome
        case .wrongMethod, .notFound: break
        }
        guard let merged = Self.mergingSlashes(path) else { return outcome }
        switch merged.withUnsafeBytes({ search(method, $0) }) {
        case .found, .mounted: return .redirect(path: merged)
        case .redirect(let path): return .redirect(path: path)
        case .wrongMethod, .notFound: return outcome
        }
    }

    private func search(_ method: HTTPRequest.Method, _ path: UnsafeRawBufferPointer) -> Outcome {
        var search = Search(router: self, method: method, path: path)
        switch search.walk(0, from: 1) {
        case .rule(let index):
            let values = search.values.map { PercentEncoding.decode(UnsafeRawBufferPointer(rebasing: path[$0])) }
            return .found(rules[index].value, values: values)
        case .mount(let index, let length): return .mounted(rules[index].value, length: length)
        case .slash: return .redirect(path: Array(path) + [UInt8(ascii: "/")])
        case nil where search.allowed.isEmpty: return .notFound
        case nil: return .wrongMethod(allowed: search.allowed)
        }
    }

    private static func mergingSlashes(_ path: UnsafeRawBufferPointer) -> [UInt8]? {
        var merged: [UInt8] = []
        merged.reserveCapacity(path.count)
        for byte in path where byte != UInt8(ascii: "/") || merged.last != byte { merged.append(byte) }
        return merged.count == path.count ? nil : merged
    }
}

/// One walk through the tree. It visits a node at most once for each position in the path, because a pattern has at
/// most one parameter that takes several segments.
private struct Search<Value: Sendable> {
    enum Hit {
        case rule(Int)
        case mount(Int, length: Int)
        case slash
    }

    let router: Router<Value>
    let method: HTTPRequest.Method
    let path: UnsafeRawBufferPointer
    var values: [Range<Int>] = []
    var allowed: [HTTPRequest.Method] = []

    /// - Parameter start: where the next segment begins, after a slash.
    mutating func walk(_ index: Int, from start: Int) -> Hit? {
        let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.count
        let segment = start..<end
        if let child = child(of: index, text: segment), let hit = arrive(child, at: end) { return hit }
        if !segment.isEmpty {
            for edge in router.nodes[index].parameters {
                guard let value = edge.matcher.value(of: segment, in: path) else { continue }
                if let hit = take(value, edge.node, end) { return hit }
            }
        }
        if let mount = router.nodes[index].mount { return .mount(mount, length: start - 1) }
        if !segment.isEmpty {
            for edge in router.nodes[index].paths {
                if let hit = walkPath(edge.matcher, edge.node, from: start, firstEnd: end) { return hit }
            }
        }
        return nil
    }

    /// A `path` parameter: tries the shortest value that matches.
    private mutating func walkPath(_ matcher: ParameterMatcher, _ node: Int, from start: Int, firstEnd: Int) -> Hit? {
        var end = router.nodes[node].isLeaf ? path.count : firstEnd
        while true {
            if let value = matcher.value(of: start..<end, in: path), let hit = take(value, node, end) { return hit }
            guard end < path.count else { return nil }
            end = path[(end + 1)...].firstIndex(of: UInt8(ascii: "/")) ?? path.count
        }
    }

    private mutating func take(_ value: Range<Int>, _ node: Int, _ end: Int) -> Hit? {
        values.append(value)
        if let hit = arrive(node, at: end) { return hit }
        values.removeLast()
        return nil
    }

    private mutating func arrive(_ index: Int, at end: Int) -> Hit? {
        guard end == path.count else { return walk(index, from: end + 1) }
        if let rule = rule(of: index) { return .rule(rule) }
        for (method, _) in router.nodes[index].rules where !allowed.contains(method) { allowed.append(method) }
        if let mount = router.nodes[index].mount { return .mount(mount, length: end) }
        if let folder = router.nodes[index].texts.first, folder.text.isEmpty, rule(of: folder.node) != nil {
            return .slash
        }
        return nil
    }

    /// The rule for the method; GET's rule answers HEAD too.
    private func rule(of index: Int) -> Int? {
        var forGet: Int?
        for entry in router.nodes[index].rules {
            if entry.method == method { return entry.rule }
            if entry.method == .get { forGet = entry.rule }
        }
        return method == .head ? forGet : nil
    }

    private func child(of index: Int, text segment: Range<Int>) -> Int? {
        let raw = UnsafeRawBufferPointer(rebasing: path[segment])
        guard raw.contains(UInt8(ascii: "%")) else { return child(of: index, bytes: raw) }
        return PercentEncoding.decoded(raw).withUnsafeBytes { child(of: index, bytes: $0) }
    }

    private func child(of index: Int, bytes: UnsafeRawBufferPointer) -> Int? {
        var low = 0
        var high = router.nodes[index].texts.count
        while low < high {
            let middle = low + (high - low) / 2
            let order = router.nodes[index].texts[middle].text.withUnsafeBytes { Self.compare($0, bytes) }
            if order == 0 { return router.nodes[index].texts[middle].node }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
        guard a.count == b.count else { return a.count - b.count }
        for (x, y) in zip(a, b) where x != y { return Int(x) - Int(y) }
        return 0
    }
}
