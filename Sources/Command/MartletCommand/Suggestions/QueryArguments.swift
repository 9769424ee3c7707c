import MartletBytes

/// Words that a stranger may have put behind our own arguments: of a query without `=`, web servers make arguments of a CGI program
/// (RFC 3875 section 4.4). `/cgi-bin/site?--file+/tmp/evil` was how PHP could be told to run anything (CVE-2012-1823).
enum QueryArguments {
    static let refusal =
        "The last argument is the last word of the request's query, which a stranger has chosen. Have the web server start a "
        + "script that gives its arguments itself, without \"$@\": exec martlet cgi hello:app"

    /// Whether the last argument may be the last word of the query.
    ///
    /// Web servers decode and quote words in different ways, so only letters and digits are compared: a request too many is
    /// refused rather than one too few.
    ///
    /// - Parameter query: QUERY_STRING, as it came.
    static func mayBe(in arguments: [String], query: String) -> Bool {
        guard let last = arguments.last, !query.isEmpty, !query.contains("=") else { return false }
        let word = query.split(separator: "+", omittingEmptySubsequences: true).last ?? ""
        let forms = [String(word), Array(word.utf8).withUnsafeBytes { PercentEncoding.decode($0) }]
        return forms.contains { significant($0) == significant(last) }
    }

    private static func significant(_ text: String) -> [UInt8] {
        text.utf8.filter { ASCII.isDigit($0) || ASCII.isLetter($0) }
    }
}
