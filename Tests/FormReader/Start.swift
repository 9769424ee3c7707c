import Foundation
import MartletForms

/// Reads forms, cookies and fields of negotiation as Martlet does, and prints what it has understood: a stand-in for an
/// application, to be compared with other programs.
///
///     form-reader forms FILE…       each is a Content-Type, an empty line, and the body
///     form-reader cookies           a line of the input is a Cookie field
///     form-reader set-cookies       a line is NAME <tab> VALUE
///     form-reader accept            a line is an Accept field <tab> the offers, with spaces between them
///     form-reader languages         the same for Accept-Language
@main
enum Start {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "forms":
            for path in arguments.dropFirst() { print(form(path).joined(separator: "\n"), "----", separator: "\n") }
        case "cookies": answer { line in cookies(line.joined(separator: "\t")) }
        case "set-cookies": answer { line in setCookie(line[0], line.count > 1 ? line[1] : "") }
        case "accept":
            answer { line in
                AcceptedTypes(line[0]).best(of: offers(line).compactMap { MediaType($0) })?.description ?? "none"
            }
        case "languages": answer { line in AcceptedLanguages(line[0]).best(of: offers(line)) ?? "none" }
        default: print("form-reader forms FILE…, cookies, set-cookies, accept or languages")
        }
    }

    private static func answer(_ body: ([String]) -> String) {
        while let line = readLine() {
            print(body(line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)))
        }
    }

    private static func form(_ path: String) -> [String] {
        guard let bytes = FileManager.default.contents(atPath: path).map({ Array($0) }) else { return ["no file"] }
        let file = FormFile(bytes)
        return FormRecord.of(contentType: file.contentType, pieces: [file.body]).lines
    }

    private static func cookies(_ field: String) -> String {
        RequestCookies.read(field.utf8).pairs.map { EscapedText.of($0.name) + "=" + EscapedText.of($0.value) }
            .joined(separator: "\t")
    }

    private static func setCookie(_ name: String, _ value: String) -> String {
        do {
            return try SetCookie(name, value, maxAge: 60).fieldValue(isSecure: true)
        } catch {
            return "refused: \(error)"
        }
    }

    private static func offers(_ line: [String]) -> [String] {
        line.count > 1 ? line[1].split(separator: " ").map(String.init) : []
    }
}
