import HTTPTypes
import MartletGateway
import MartletPages
import NIOCore

/// Why there is no program: what the compiler said, for the browser.
struct BuildFailure: Error, CustomStringConvertible {
    let program: String
    /// A sentence; empty where the compiler has said it all.
    var reason = ""
    var diagnostics: [BuildDiagnostic] = []
    /// The end of what was said, where there is no diagnostic.
    var output = ""
    /// It was built, and does not start.
    var hasBuilt = false

    var description: String {
        guard let first = diagnostics.first else { return reason.isEmpty ? "\(program) cannot be built" : reason }
        let more = diagnostics.count > 1 ? ", and \(diagnostics.count - 1) more" : ""
        return "\(first.place): \(first.message)\(more)"
    }

    /// Pages ask again every two seconds, until there is an answer.
    private static let refresh = "2"

    func response(to request: Request) -> Response {
        var page = ErrorPage(
            status: 500,
            title: hasBuilt ? "\(program) does not start" : "\(program) cannot be built",
            message: diagnostics.isEmpty ? reason : description,
            hints: ["Save the file when it is mended: it is built again then, and a browser looks again by itself."],
            remark: "This page is there while martlet dev runs."
        )
        page.sections = diagnostics.map { ErrorPage.Section($0.message, [$0.part]) }
        if diagnostics.isEmpty, !output.isEmpty { page.sections = [ErrorPage.Section("swift build", [.text(output)])] }
        let format = ErrorFormat(accept: request.headers[.accept])
        var headers = Headers([(.contentType, format.contentType), (.cacheControl, "no-store")])
        headers.append("Refresh", Self.refresh)
        return Response(
            status: .internalServerError,
            headers: headers,
            body: .bytes(ByteBuffer(string: page.rendered(as: format)))
        )
    }
}
