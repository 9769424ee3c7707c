extension MultiValues {
    /// The first value of a name as another type; nil if there is none, or if it is an empty text, which is what a
    /// browser sends for a field that was left empty. For `String`, an empty text is a value.
    ///
    /// - Throws: what is wrong, if it is there and none of the type.
    public subscript<Value: FormConvertible>(name: String, as type: Value.Type) -> Value? {
        get throws(ValueFault) {
            guard let text = self[name] else { return nil }
            return try Self.value(of: text, name: name)
        }
    }

    /// The first value of a name as another type.
    ///
    /// - Throws: what is wrong, if it is missing or none of the type.
    public func require<Value: FormConvertible>(
        _ name: String,
        as type: Value.Type = String.self
    ) throws(ValueFault) -> Value {
        guard let value = try self[name, as: type] else {
            throw ValueFault(name: name, value: self[name], expected: Value.formExpectation)
        }
        return value
    }

    /// Every value of a name as another type, without those that were left empty.
    ///
    /// - Throws: what is wrong with the first that is none of the type.
    public func all<Value: FormConvertible>(of name: String, as type: Value.Type) throws(ValueFault) -> [Value] {
        var values: [Value] = []
        for pair in pairs where pair.name == name {
            if let value: Value = try Self.value(of: pair.value, name: name) { values.append(value) }
        }
        return values
    }

    private static func value<Value: FormConvertible>(of text: String, name: String) throws(ValueFault) -> Value? {
        if let value = Value(formText: text) { return value }
        guard text.isEmpty else { throw ValueFault(name: name, value: text, expected: Value.formExpectation) }
        return nil
    }
}
