private import MartletBytes

/// ": did you mean 'x'?", where a known name is near.
enum Suggestion {
    static func text(for word: String, among names: some Sequence<String>) -> String {
        NearMatch.closest(to: word, among: names).map { "; did you mean '\($0)'?" } ?? ""
    }
}
