package import MartletBytes

extension RequestHead {
    /// The trace that the request belongs to. The server has removed what is none.
    package var trace: TraceParent? {
        guard let field = fields.first(where: { isNamed($0, "traceparent") }) else { return nil }
        return TraceParent(slice(field.value))
    }

    /// The id of that trace as text, for logs.
    package var traceID: String? { trace.map { String(decoding: $0.traceID, as: UTF8.self) } }

    /// Removes a trace context that is none (W3C Trace Context, sections 3.2 and 3.3): `traceparent` is there once and valid, or
    /// neither it nor `tracestate` counts.
    ///
    /// - Parameters:
    ///   - drops: whether a valid one is removed as well.
    ///   - creates: whether there is a new one where there is none.
    package func settleTrace(drops: Bool, creates: Bool) {
        var found = 0
        var isValid = true
        var hasState = false
        for field in table.fields where field.name.count == 11 || field.name.count == 10 {
            if isNamed(field, "traceparent") {
                found += 1
                isValid = isValid && found == 1 && TraceParent(slice(field.value)) != nil
            } else if isNamed(field, "tracestate") {
                hasState = true
            }
        }
        if found == 1, isValid, !drops { return }
        if found > 0 || hasState {
            fields.removeAll { isNamed($0, "traceparent") || isNamed($0, "tracestate") }
        }
        guard creates, let name = append(Array("traceparent".utf8)), let value = append(Array(TraceParent.new().utf8))
        else { return }
        fields.append(Field(name: name, value: value))
    }

    private func isNamed(_ field: Field, _ lowercased: StaticString) -> Bool {
        field.name.count == lowercased.utf8CodeUnitCount && ASCIICase.equals(slice(field.name), lowercased)
    }
}
