internal import MartletBytes

extension FileFacts {
    /// The lines of `Last-Modified`, `ETag` and `Accept-Ranges`.
    ///
    /// - Parameters:
    ///   - isSettled: whether the tag may be a strong one.
    ///   - second: now, since 1970.
    package func validatorLines(isSettled: Bool, at second: Int) -> [UInt8] {
        var lines: [UInt8] = []
        // A time to come would be that of no modification (RFC 9110 section 8.8.2.1).
        if modified <= second { lines += Array("Last-Modified: ".utf8) + HTTPDate.render(modified) + [13, 10] }
        lines += Array("ETag: \(isSettled ? "" : "W/")\"\(tag)\"\r\nAccept-Ranges: bytes\r\n".utf8)
        return lines
    }
}
