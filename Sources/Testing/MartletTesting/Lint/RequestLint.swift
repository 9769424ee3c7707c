internal import HTTPTypes
internal import MartletBytes
internal import MartletGateway
internal import NIOCore

/// The rules for servers, checked on each request.
enum RequestLint {
    static func violations(of request: Request) -> [LintViolation] {
        var violations: [LintViolation] = []
        func require(_ condition: Bool, rule: Int? = nil, _ sentence: @autoclosure () -> String) {
            if !condition { violations.append(LintViolation(side: .server, rule: rule, sentence: sentence())) }
        }
        let head = request.head
        require(
            request.connection.eventLoop.inEventLoop,
            rule: 1,
            "the application was called on a thread that is not the connection's event loop."
        )
        let method = head.slice(head.method)
        require(!method.isEmpty && method.allSatisfy(FieldSyntax.isToken), "the method is not a token.")
        let target = head.slice(head.target)
        require(
            !target.isEmpty && target.allSatisfy { $0 > 0x20 && $0 != 0x7F },
            "the request target is empty or has white space or control characters in it."
        )
        let mount = request.mountBytes
        require(
            mount.isEmpty || (mount.first == slash && mount.last != slash),
            "the mount path \"\(request.mountPath)\" does not begin with a slash, or ends with one."
        )
        let path = request.pathBytes
        require(
            path.isEmpty ? !mount.isEmpty || target.elementsEqual("*".utf8) : path.first == slash,
            "the path \"\(request.path)\" does not begin with a slash."
        )
        require(request.scheme == "http" || request.scheme == "https", "the scheme is \"\(request.scheme)\".")
        require(head.version == .http10 || request.authority != nil, "a request of HTTP/1.1 has no Host.")
        for field in head.fields {
            let name = head.slice(field.name)
            require(!name.isEmpty && name.allSatisfy(FieldSyntax.isToken), "a header name is not a token.")
            let value = head.slice(field.value)
            require(
                value.allSatisfy(FieldSyntax.isValue) && value.first.map(ASCII.isBlank) != true
                    && value.last.map(ASCII.isBlank) != true,
                "the header \"\(head.string(field.name))\" has control characters or white space around its value."
            )
        }
        var announced = request.headers[.contentLength].flatMap { Int($0) }
        // Later versions delimit bodies by frames, and a chunked body may be all here already.
        if announced == nil, head.version < .http2, !request.headers.contains(.transferEncoding) { announced = 0 }
        require(
            announced == nil || request.body.knownLength == announced,
            rule: 5,
            "the body's length is \(text(request.body.knownLength)), but the head says \(text(announced))."
        )
        return violations
    }

    private static let slash = UInt8(ascii: "/")

    private static func text(_ length: Int?) -> String { length.map { "\($0) bytes" } ?? "unknown" }
}
