/// What has been tried for one request.
struct Attempts {
    private(set) var count = 0
    /// The upstreams that have failed it.
    private(set) var tried: [Int] = []
    /// The next one takes a new connection.
    private(set) var wantsNewConnection = false
    private(set) var lastFailure: UpstreamFailure?

    mutating func begin() { count += 1 }

    /// - Parameters:
    ///   - wasKept: whether the connection ended because nobody had used it.
    ///   - isRefused: whether the upstream is well, and takes the request when it is sent again.
    mutating func failed(_ failure: UpstreamFailure, at upstream: Int?, wasKept: Bool, isRefused: Bool) {
        lastFailure = failure
        if wasKept { wantsNewConnection = true } else if let upstream, !isRefused { tried.append(upstream) }
    }
}
