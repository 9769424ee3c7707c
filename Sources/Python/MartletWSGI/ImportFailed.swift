internal import HTTPTypes
internal import Logging
internal import MartletBytes
internal import MartletGateway
internal import MartletPages
internal import NIOCore

/// The application could not be imported. ``WorkerPool`` has shown the traceback on stderr already.
public struct ImportFailed: Error, CustomStringConvertible {
    /// One sentence: what to do.
    public let advice: String
    /// Python's own words.
    let traceback: String

    public var description: String { advice }

    init(advice: String, traceback: String) {
        self.advice = advice
        self.traceback = traceback
    }

    /// The same, with settings written as they were given.
    func rendered(_ names: SettingNames) -> ImportFailed {
        ImportFailed(advice: names.rendered(advice), traceback: traceback)
    }

    /// What the browser shows in development; it looks again by itself.
    var page: Response {
        let page = ErrorPage(
            status: 500,
            title: "Internal Server Error",
            message: advice,
            kind: "The application cannot be imported",
            sections: traceback.isEmpty ? [] : [ErrorPage.Section("Traceback", [.text(traceback)])],
            remark: "Save a file, and Martlet tries again."
        )
        var headers = Headers([(.contentType, ErrorFormat.html.contentType), (.cacheControl, "no-store")])
        headers.append("Refresh", "2")
        headers.append("Content-Security-Policy", HTMLPage.policy)
        return Response(status: .internalServerError, headers: headers, body: .bytes(ByteBuffer(string: page.html)))
    }

    func showTraceback(of application: String, _ logger: Logger) {
        guard !traceback.isEmpty else { return }
        logger.error("the import of \(application) has failed", metadata: [LogDetails.key: "\(traceback)"])
    }
}
