internal import MartletBytes

/// How long the body of a request is, as its CONTENT_LENGTH says (RFC 3875 section 4.1.2).
package enum FastCGIBodyLength: Sendable, Equatable {
    case none
    case known(Int)
    /// It ends with its stream: nginx sends a chunked body so with `fastcgi_request_buffering off`.
    case unknown

    /// Nil where it is no number, or said twice and not alike.
    init?(_ variables: CGIVariables) {
        var said: [UInt8]?
        var isContradicted = false
        variables.forEach { name, value in
            guard name.elementsEqual("CONTENT_LENGTH".utf8) else { return }
            if let said, !value.elementsEqual(said) { isContradicted = true }
            said = Array(value)
        }
        guard !isContradicted else { return nil }
        // nginx sends it empty where there is no body.
        guard let said, !said.isEmpty else {
            self = .unknown
            return
        }
        guard let count = DecimalText.value(of: said) else { return nil }
        self = count == 0 ? .none : .known(count)
    }
}
