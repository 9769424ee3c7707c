import HTTPTypes
import MartletBytes
import MartletCGI
import MartletGateway
import MartletHTTP1

/// A request for upstreams that get CGI's variables.
extension OutgoingRequest {
    /// What an upstream is told.
    ///
    /// The rules:
    ///
    /// 1. SCRIPT_NAME is the route and PATH_INFO the rest, as a Python application has them. A path in the upstream's URL takes the
    ///    place of SCRIPT_NAME, and `X-Forwarded-Prefix` says then what the route is.
    /// 2. Where a folder of scripts is named, both say which script it is, and what follows its name.
    /// 3. What an HTTP server would be told in fields is told in them here too, so that both see the same request.
    ///
    /// - Throws: ``HeadTooLargeForUpstream``
    func variables(
        over carrier: CGIProtocol,
        framing: MessageFraming,
        _ authority: [UInt8],
        limits: CGIVariables.Limits
    ) throws(HeadTooLargeForUpstream) -> CGIVariables {
        var message = CGIVariables.Message(length: Self.length(framing))
        message.host = host(of: authority)
        message.place = place
        message.added = addedFields
        do throws(CGIVariables.Overflow) {
            var variables = try CGIVariables(
                of: request,
                message,
                over: carrier,
                limits: limits,
                without: { leavesOut($0) || Via.isVia($0) }
            )
            guard let script else { return variables }
            try variables.append("SCRIPT_FILENAME", script.path)
            try variables.append("DOCUMENT_ROOT", script.folder)
            if !script.pathInfo.isEmpty { try variables.append("PATH_TRANSLATED", script.folder + script.pathInfo) }
            // PHP asks whether a server has sent it here.
            try variables.append("REDIRECT_STATUS", "200")
            return variables
        } catch {
            throw HeadTooLargeForUpstream(reason: error)
        }
    }

    private static func length(_ framing: MessageFraming) -> Int? {
        switch framing {
        case .none: 0
        case .length(let length): length
        // Such a body is taken in first.
        case .chunked: nil
        }
    }

    private var place: CGIVariables.Place? {
        withExtendedLifetime(request.head) {
            if let script {
                let mount = base.map(Self.name) ?? PercentEncoding.decoded(request.mountBytes)
                return CGIVariables.Place(scriptName: mount + script.name, pathInfo: script.pathInfo, target: target)
            }
            guard let base else { return nil }
            let rest = PercentEncoding.decoded(request.pathBytes)
            return CGIVariables.Place(scriptName: Self.name(base), pathInfo: rest, target: target)
        }
    }

    /// The path of a URL as SCRIPT_NAME, which never ends with a slash (RFC 3875 section 4.1.13).
    private static func name(_ base: [UInt8]) -> [UInt8] {
        let decoded = base.withUnsafeBytes(PercentEncoding.decoded)
        return decoded.last == UInt8(ascii: "/") ? decoded.dropLast() : decoded
    }

    private var addedFields: Headers {
        let head = request.head
        var block: [UInt8] = []
        Headers(validBlock: forwarded).forEachLine { name, line in
            // Where the path has not changed, it is a part of SCRIPT_NAME.
            if base != nil || !ASCIICase.equals(name, "x-forwarded-prefix") { block += line }
        }
        // Several lines are one variable.
        block += Array(bytes: "Via: ")
        for field in head.fields where Via.isVia(head.slice(field.name)) {
            block += head.slice(field.value)
            block += Array(bytes: ", ")
        }
        block += via.dropFirst(5)
        return Headers(validBlock: block)
    }
}

/// A request whose head, or a body without a length, the upstream's protocol has no room for.
struct HeadTooLargeForUpstream: ResponseError, CustomStringConvertible {
    let reason: CGIVariables.Overflow

    var response: Response {
        .refusal(.requestHeaderFieldsTooLarge, "The header of the request is too large for the server behind this one.")
    }

    var description: String {
        switch reason {
        case .tooManyBytes(let limit): "its variables have more than \(limit) bytes, which is what the protocol carries"
        case .tooManyVariables(let limit): "it has more than \(limit) variables"
        }
    }
}

/// A request with a NUL in it, which SCGI cannot say.
struct NULForUpstream: ResponseError, CustomStringConvertible {
    let variable: String

    var response: Response { .refusal(.badRequest, "The request has a NUL in it.") }

    var description: String { "\(variable) has a NUL in it, which SCGI cannot say" }
}
