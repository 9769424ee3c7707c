internal import HTTPTypes
internal import MartletBytes

extension Router {
    /// What a path was probably meant for.
    struct Suggestion: Equatable {
        /// The path, or the pattern where the parameters do not take what was sent in their place.
        let path: String
        var methods: [HTTPRequest.Method]
    }

    /// The registered patterns that a path was probably meant for: first those that take what was sent in the place of their
    /// parameters, the nearest first; at most four.
    func suggestions(for path: String) -> [Suggestion] {
        let given = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        // By the path with what was sent in the place of parameters, which is how near it is.
        var fitting: [String: Suggestion] = [:]
        var others: [String: Suggestion] = [:]
        for rule in rules {
            let (text, fits) = rule.filled(with: given)
            let shown = fits ? text : rule.pattern.description
            if fits {
                fitting[text, default: Suggestion(path: shown, methods: [])].methods += rule.methods
            } else {
                others[text, default: Suggestion(path: shown, methods: [])].methods += rule.methods
            }
        }
        fitting[path] = nil
        var found: [Suggestion] = []
        for var candidates in [fitting, others] {
            while found.count < 4, let name = NearMatch.closest(to: path, among: candidates.keys.sorted()),
                let suggestion = candidates.removeValue(forKey: name)
            {
                found.append(suggestion)
            }
        }
        return found
    }
}

extension Router.Rule {
    /// The pattern with the segments of a path in the place of its parameters, and whether all of them take that.
    fileprivate func filled(with given: [String]) -> (text: String, fits: Bool) {
        var matchers = matchers.makeIterator()
        var fits = true
        let segments = pattern.segments.enumerated().map { index, segment in
            switch segment {
            case .text(let text): return String(decoding: text, as: UTF8.self)
            case .parameter(let parameter, _, _):
                guard index < given.count else {
                    fits = false
                    return "<\(parameter.name)>"
                }
                fits = matchers.next()?.accepts(given[index]) == true && fits
                return given[index]
            }
        }
        return ("/" + segments.joined(separator: "/"), fits)
    }
}
