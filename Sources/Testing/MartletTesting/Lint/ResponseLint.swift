internal import HTTPTypes
internal import MartletBytes
internal import MartletGateway
internal import NIOCore

/// The rules for applications, checked on each response.
enum ResponseLint {
    static func violations(of response: Response) -> [LintViolation] {
        var violations: [LintViolation] = []
        func require(_ condition: Bool, rule: Int? = nil, _ sentence: @autoclosure () -> String) {
            if !condition { violations.append(LintViolation(side: .application, rule: rule, sentence: sentence())) }
        }
        if let fault = response.headers.fault { require(false, fault.description) }
        let code = response.status.code
        if case .upgrade = response.body {
            require((100...299).contains(code), "it upgrades the connection with the status \(code).")
        } else {
            require((200...599).contains(code), "the status \(code) is not that of an answer (200 to 599).")
        }
        response.headers.forEachLine { name, _ in
            let role = FieldRole(name: name)
            guard role == .connection || role == .hopByHop else { return }
            require(false, rule: 4, "it sets \(String(decoding: name, as: UTF8.self)), which is the server's.")
        }
        let lengths = response.headers.values(for: .contentLength)
        require(lengths.count < 2, rule: 4, "it sets Content-Length \(lengths.count) times.")
        if let length = lengths.first, let actual = actualLength(response.body) {
            require(
                length == String(actual),
                rule: 4,
                "it sets Content-Length to \(length), but the body has \(actual) bytes."
            )
        }
        return violations
    }

    static func violations(ofError error: any ResponseError) -> [LintViolation] {
        let response = error.response
        var violations = violations(of: response)
        switch response.body {
        case .empty, .bytes, .file: break
        case .stream, .upgrade:
            violations.append(
                LintViolation(
                    side: .application,
                    rule: 2,
                    sentence: "the error \(error) answers with a body that is not all there."
                )
            )
        }
        return violations
    }

    private static func actualLength(_ body: Response.Body) -> Int? {
        switch body {
        case .bytes(let bytes): bytes.readableBytes
        case .file(let file): file.length
        case .stream(let length, _): length
        // The answer to HEAD may announce a length without sending the body.
        case .empty, .upgrade: nil
        }
    }
}
