internal import MartletBytes

/// `application/x-www-form-urlencoded` (URL standard section 5.1), in whatever pieces it comes. Nothing of it is
/// malformed: a `%` without two hex digits stays as it is, a text without `=` is a name with an empty value, and empty
/// texts between two `&` are nothing.
package struct URLEncodedMachine: Sendable {
    private let limits: FormLimits
    private let rule: TextRule
    private var values = MultiValues()
    private var count = 0
    /// What came since the last `&`, still encoded.
    private var rest: [UInt8] = []
    private var received = 0
    private var fault: FormFault?

    /// - Parameter limits: those of the values, the memory and the body count.
    package init(limits: FormLimits = FormLimits(), rule: TextRule = .refused) {
        self.limits = limits
        self.rule = rule
    }

    /// Takes the next piece.
    package mutating func receive(_ piece: ArraySlice<UInt8>) throws(FormFault) {
        if let fault { throw fault }
        do throws(FormFault) {
            // What is beyond the limit is not even looked at: so the fault is the same in whatever pieces it comes.
            let room = max(min(limits.memory, limits.body ?? .max) - received, 0)
            var allowed = piece.prefix(room)
            received += allowed.count
            while let end = allowed.firstIndex(of: UInt8(ascii: "&")) {
                rest += allowed[..<end]
                try take()
                allowed = allowed[(end + 1)...]
            }
            rest += allowed
            guard piece.count > room else { return }
            if let limit = limits.body, limit <= limits.memory { throw .bodyTooLong(limit: limit) }
            throw .tooMuchMemory(limit: limits.memory)
        } catch {
            fault = error
            throw error
        }
    }

    /// Behind the last piece: every value.
    package mutating func finish() throws(FormFault) -> MultiValues {
        if let fault { throw fault }
        try take()
        return values
    }

    /// The whole of a form or a query.
    package static func values(
        of bytes: some Collection<UInt8>,
        limits: FormLimits = FormLimits(),
        rule: TextRule = .refused
    ) throws(FormFault) -> MultiValues {
        var machine = URLEncodedMachine(limits: limits, rule: rule)
        try machine.receive(Array(bytes)[...])
        return try machine.finish()
    }

    private mutating func take() throws(FormFault) {
        guard !rest.isEmpty else { return }
        guard count < limits.values else { throw .tooManyValues(limit: limits.values) }
        count += 1
        let mark = rest.firstIndex(of: UInt8(ascii: "=")) ?? rest.endIndex
        let name = try rule.text(Self.decoded(rest[..<mark]), in: "a name")
        let value = try rule.text(Self.decoded(rest[mark...].dropFirst()), in: "the value of \(QuotedText.of(name))")
        values.append(name, value)
        rest.removeAll(keepingCapacity: true)
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }.withUnsafeBytes(PercentEncoding.decoded)
    }
}
