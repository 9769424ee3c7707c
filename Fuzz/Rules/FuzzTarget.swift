import MartletCGI

/// A reader of bytes that strangers send, and the rules that hold for all bytes.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Throws ``BrokenRule``; what traps is a fault in any case.
    package let check: @Sendable ([UInt8]) throws -> Void
    /// What a run begins with.
    package let seeds: @Sendable () -> [[UInt8]]

    package static let all = [
        FuzzTarget(name: "http1", check: HTTP1Rules.check) {
            Seeds.files("requests/valid", "http") + Seeds.files("requests/invalid", "http")
                + Seeds.files("faults", "http")
        },
        FuzzTarget(name: "answers", check: AnswerRules.check) {
            Seeds.files("answers/valid", "http") + Seeds.files("answers/invalid", "http")
        },
        FuzzTarget(name: "http2", check: HTTP2Rules.check) { Seeds.hexadecimal("http2") },
        FuzzTarget(name: "http2-answers", check: HTTP2AnswerRules.check) { Seeds.hexadecimal("http2-answers") },
        FuzzTarget(name: "hpack", check: HPACKRules.check) { Seeds.headerBlocks() },
        FuzzTarget(name: "ranges", check: RangeRules.check) { Seeds.ranges },
        FuzzTarget(name: "names", check: NameRules.check) { Seeds.names },
        FuzzTarget(name: "hello", check: HelloRules.check) { Seeds.hellos },
        FuzzTarget(name: "proxy", check: ProxyRules.check) { Seeds.files("proxy-protocol", ".bytes") },
        FuzzTarget(name: "dns", check: DNSRules.check) { DNSRules.seeds },
        FuzzTarget(name: "websocket", check: WebSocketRules.check) { WebSocketRules.seeds },
        FuzzTarget(name: "uwsgi", check: { try CGIRules.check($0, over: .uwsgi) }) { Seeds.variables(over: .uwsgi) },
        FuzzTarget(name: "scgi", check: { try CGIRules.check($0, over: .scgi) }) { Seeds.variables(over: .scgi) },
        FuzzTarget(name: "fastcgi", check: FastCGIRules.checkServer) { Seeds.fastCGIRequests },
        FuzzTarget(name: "fastcgi-answers", check: FastCGIRules.checkClient) { Seeds.fastCGIAnswers },
        FuzzTarget(name: "cgi-heads", check: FastCGIRules.checkHead) { Seeds.scriptHeads },
        FuzzTarget(name: "forms", check: FormRules.check) {
            ["valid", "invalid", "encoders"].flatMap { Seeds.files("forms/\($0)", "http") }.filter { $0.count < 5000 }
        },
        FuzzTarget(name: "fields", check: FieldRules.check) { Seeds.fields },
        FuzzTarget(name: "templates", check: TemplateRules.check) { Seeds.templates() },
        FuzzTarget(name: "configuration", check: ConfigurationRules.check) {
            Seeds.files("config/valid", "toml") + Seeds.files("config/invalid", "toml")
        },
        FuzzTarget(name: "import", check: ImportRules.check) {
            ["ini", "py", "Procfile"].flatMap { Seeds.files("import", $0) }
        },
    ]

    /// The seeds, and what former runs have found: `Tests/Corpus/fuzz/NAME`.
    package func corpus() -> [[UInt8]] { seeds() + Seeds.files("fuzz/\(name)", nil) }
}

/// A rule that bytes have broken.
package struct BrokenRule: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    /// Two texts that should be one.
    static func unless<Value: Equatable>(_ left: Value, is right: Value, _ rule: String) throws {
        if left != right { throw BrokenRule("\(rule):\n\(left)\n\(right)") }
    }

    static func unless(_ holds: Bool, _ rule: @autoclosure () -> String) throws {
        if !holds { throw BrokenRule(rule()) }
    }
}
