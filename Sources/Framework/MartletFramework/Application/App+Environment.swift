internal import Glibc

extension App {
    /// How much answers reveal about the app's internals.
    public enum Environment: String, Sendable, CaseIterable {
        /// Answers to errors explain themselves and give hints.
        case development
        /// Answers to errors are quiet; the log has the rest.
        case production

        /// The variable that ``App/init(environment:)`` reads.
        static let variable = "MARTLET_ENV"

        /// The value of the variable: production if it is not set, nil if it is neither of the two.
        init?(variable text: String?) {
            guard let text, !text.isEmpty else {
                self = .production
                return
            }
            self.init(rawValue: text)
        }

        static func read() -> (environment: Environment, fault: String?) {
            let text = getenv(variable).map { String(cString: $0) }
            if let environment = Environment(variable: text) { return (environment, nil) }
            let fault =
                "\(variable) is \"\(text ?? "")\"; it may be "
                + allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ") + "."
            return (.production, fault)
        }
    }
}
