/// What a check says of one thing.
struct Verdict: Equatable {
    enum State: String, Encodable {
        case ok
        /// It works, but not as well as it could.
        case hint
        /// Something will not work.
        case fault
    }

    let state: State
    /// What was found.
    let found: String
    /// What to do; empty where all is well.
    var advice = ""

    static func ok(_ found: String) -> Verdict { Verdict(state: .ok, found: found) }
    static func hint(_ found: String, _ advice: String) -> Verdict {
        Verdict(state: .hint, found: found, advice: advice)
    }
    static func fault(_ found: String, _ advice: String) -> Verdict {
        Verdict(state: .fault, found: found, advice: advice)
    }
}
