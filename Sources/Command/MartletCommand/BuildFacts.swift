import CMartletBuild

/// Which build this is. Packaging writes it into the finished program, so that a new commit compiles nothing anew.
struct BuildFacts {
    private let values: [Substring: Substring]

    static var ofThisProgram: BuildFacts { BuildFacts(String(cString: martlet_build_facts())) }

    /// - Parameter text: lines of `name=value`.
    init(_ text: String) {
        let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }.filter { $0.count == 2 }
        values = Dictionary(pairs.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 })
    }

    /// For people, a line for each. The TLS library has no version: its commit says which one it is.
    var summary: String {
        """
        commit: \(values["commit"] ?? "not recorded; 'make install' and packages record it")
        built: \(values["built"] ?? "not recorded")
        TLS: \(values["tls"] ?? "BoringSSL")
        """
    }
}
