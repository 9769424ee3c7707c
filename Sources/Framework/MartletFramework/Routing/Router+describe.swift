internal import HTTPTypes
internal import MartletBytes

extension Router {
    /// The registered patterns that a path was probably meant for, with their methods: the nearest first, at most four.
    func suggestions(for path: String) -> [(path: String, methods: [HTTPRequest.Method])] {
        let given = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        var candidates: [String: [HTTPRequest.Method]] = [:]
        for rule in rules {
            // A parameter is replaced by what was sent in its place.
            let segments = rule.pattern.segments.enumerated().map { index, segment in
                switch segment {
                case .text(let text): String(decoding: text, as: UTF8.self)
                case .parameter(let parameter, _, _):
                    index < given.count ? String(given[given.startIndex + index]) : "<\(parameter.name)>"
                }
            }
            candidates["/" + segments.joined(separator: "/"), default: []] += rule.methods
        }
        var found: [(path: String, methods: [HTTPRequest.Method])] = []
        while found.count < 4, let name = NearMatch.closest(to: path, among: candidates.keys.sorted()) {
            found.append((name, candidates.removeValue(forKey: name) ?? []))
        }
        return found
    }
}
