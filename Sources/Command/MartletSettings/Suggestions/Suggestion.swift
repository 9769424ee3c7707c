/// "Did you mean …?": the known word that is nearest to a word that is not known.
package enum Suggestion {
    /// The candidate that the fewest edits turn `word` into, if that is few enough to be a typing error: at most one edit
    /// in three characters, and at least one edit is always allowed for.
    package static func nearest(to word: String, in candidates: [String]) -> String? {
        let limit = max(1, word.count / 3)
        return
            candidates
            .map { (candidate: $0, distance: editDistance(word, $0)) }
            .filter { $0.distance <= limit || isAbbreviation(word, of: $0.candidate) }
            .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }?
            .candidate
    }

    private static func isAbbreviation(_ word: String, of candidate: String) -> Bool {
        word.count >= 3 && candidate.hasPrefix(word)
    }
}
