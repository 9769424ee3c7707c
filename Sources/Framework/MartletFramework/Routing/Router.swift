internal import HTTPTypes
internal import MartletGateway

/// Finds what answers a path. A tree of segments, built once and never changed; it reads and returns values only.
///
/// 1. Matching works on the raw path. It is first split at its slashes, then each segment is percent-decoded once, so
///    `%2F` never splits.
/// 2. In each segment, text comes before parameters, and lighter parameters before heavier ones (``ParameterMatcher``).
///    A branch without a match is abandoned, so the order of registration has no influence.
/// 3. A mount matches whole segments. Routes below it are found first, `path` parameters after it.
/// 4. If a rule ends in a slash, the address without it is redirected; the other way round there is no match. Repeated
///    slashes are redirected to the address with single ones, if that matches. Both as in Werkzeug.
/// 5. A rule for another method does not end the search; if nothing else is found, the answer lists the methods of all
///    such rules.
struct Router<Value: Sendable>: Sendable {
    struct Rule: Sendable {
        let pattern: RoutePattern
        let matchers: [ParameterMatcher]
        let methods: [HTTPRequest.Method]
        let value: Value
        let location: SourceLocation
    }

    /// Two rules for the same method and the same paths.
    struct Clash: Error, Sendable, CustomStringConvertible {
        let method: HTTPRequest.Method?
        let pattern: String
        let other: String
        let location: SourceLocation
        let otherLocation: SourceLocation

        var description: String {
            let what = method.map { "\($0.rawValue) \(pattern)" } ?? "The mount \(pattern)"
            let twin = pattern == other ? "is registered twice" : "matches the same paths as \(other)"
            return "\(location): \(what) \(twin); the other one is at \(otherLocation)."
        }
    }

    enum Outcome: Sendable {
        /// Values are percent-decoded, in the order of the pattern.
        case found(Value, values: [String])
        /// `length` bytes of the raw path belong to the mount.
        case mounted(Value, length: Int)
        /// The canonical path, still percent-encoded.
        case redirect(path: [UInt8])
        case wrongMethod(allowed: [HTTPRequest.Method])
        case notFound
    }

    struct Node: Sendable {
        var texts: [(text: [UInt8], node: Int)] = []
        var parameters: [(matcher: ParameterMatcher, node: Int)] = []
        var paths: [(matcher: ParameterMatcher, node: Int)] = []
        var rules: [(method: HTTPRequest.Method, rule: Int)] = []
        var mount: Int?

        var isLeaf: Bool { texts.isEmpty && parameters.isEmpty && paths.isEmpty && mount == nil }
    }

    private(set) var nodes = [Node()]
    private(set) var rules: [Rule] = []

    /// Adds a rule.
    ///
    /// - Throws: all clashes with existing rules.
    mutating func add(_ rule: Rule) -> [Clash] {
        var clashes: [Clash] = []
        let node = insert(rule)
        for method in rule.methods {
            if let other = nodes[node].rules.first(where: { $0.method == method }) {
                clashes.append(clash(rule, with: other.rule, method: method))
            } else {
                nodes[node].rules.append((method, rules.count))
            }
        }
        rules.append(rule)
        return clashes
    }

    /// Adds a mount: `rule` is text only, without a trailing slash.
    mutating func addMount(_ rule: Rule) -> [Clash] {
        let node = rule.pattern.segments == [.text([])] ? 0 : insert(rule)
        defer { rules.append(rule) }
        if let other = nodes[node].mount { return [clash(rule, with: other, method: nil)] }
        nodes[node].mount = rules.count
        return []
    }

    private func clash(_ rule: Rule, with other: Int, method: HTTPRequest.Method?) -> Clash {
        Clash(
            method: method,
            pattern: rule.pattern.description,
            other: rules[other].pattern.description,
            location: rule.location,
            otherLocation: rules[other].location
        )
    }

    private mutating func insert(_ rule: Rule) -> Int {
        var node = 0
        var matchers = rule.matchers.makeIterator()
        for segment in rule.pattern.segments {
            switch segment {
            case .text(let text): node = child(of: node, text: text)
            case .parameter: if let matcher = matchers.next() { node = child(of: node, matcher: matcher) }
            }
        }
        return node
    }

    private mutating func child(of node: Int, text: [UInt8]) -> Int {
        let index = nodes[node].texts.partitioningIndex { !Self.isLess($0.text, text) }
        if index < nodes[node].texts.count, nodes[node].texts[index].text == text {
            return nodes[node].texts[index].node
        }
        nodes.append(Node())
        nodes[node].texts.insert((text, nodes.count - 1), at: index)
        return nodes.count - 1
    }

    private mutating func child(of node: Int, matcher: ParameterMatcher) -> Int {
        let list: WritableKeyPath<Node, [(matcher: ParameterMatcher, node: Int)]> =
            matcher.converter == .path ? \.paths : \.parameters
        if let edge = nodes[node][keyPath: list].first(where: { $0.matcher.identity == matcher.identity }) {
            return edge.node
        }
        nodes.append(Node())
        nodes[node][keyPath: list].append((matcher, nodes.count - 1))
        nodes[node][keyPath: list].sort { $0.matcher.precedes($1.matcher) }
        return nodes.count - 1
    }

    /// The order of text edges: by length, then by bytes.
    private static func isLess(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
    }
}

extension Array {
    /// Binary search: the first index whose element fulfils a condition that, once true, stays true.
    fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
