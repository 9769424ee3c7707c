internal import MartletBytes

/// A head with other fields: what policies hand on instead of the one that came.
extension RequestHead {
    /// A copy without the fields that are unwanted, and with others at its end.
    ///
    /// - Returns: nil if the head would become larger than ``maximumSize``.
    package func copy(
        without isUnwanted: (_ name: UnsafeRawBufferPointer) -> Bool,
        adding fields: [(name: String, value: String)] = []
    ) -> RequestHead? {
        let copy = RequestHead(capacity: count + fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } + 1)
        copy.store(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        copy.table = table
        copy.table.fields.removeAll { isUnwanted(slice($0.name)) }
        for field in fields {
            guard let name = copy.append(Array(field.name.utf8)), let value = copy.append(Array(field.value.utf8))
            else {
                return nil
            }
            copy.table.fields.append(Field(name: name, value: value))
        }
        return copy
    }
}

/// Names as CGI's variables and environ have them, where `X_User` is `X-User` (RFC 3875 section 4.1.18).
package enum VariableName {
    /// Whether a field is `lowercased` to an application, or looks like it there.
    package static func equals(_ name: UnsafeRawBufferPointer, _ lowercased: [UInt8]) -> Bool {
        guard name.count == lowercased.count else { return false }
        for (byte, wanted) in zip(name, lowercased) {
            let folded = byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : ASCIICase.lowercased(byte)
            guard folded == (wanted == UInt8(ascii: "_") ? UInt8(ascii: "-") : wanted) else { return false }
        }
        return true
    }
}

extension RequestHead {
    /// Whether the client wants the fields behind a body (RFC 9110 section 10.1.4).
    package var takesTrailers: Bool {
        fields.contains { field in
            field.name.count == 2 && ASCIICase.equals(slice(field.name), "te")
                && FieldList.contains("trailers", in: slice(field.value))
        }
    }
}
