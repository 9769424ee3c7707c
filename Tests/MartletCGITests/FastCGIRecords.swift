@testable import MartletCGI

/// Records as the other side writes them, byte by byte.
enum FastCGIRecords {
    static func record(_ type: UInt8, _ request: UInt16, _ content: [UInt8] = [], padding: UInt8 = 0) -> [UInt8] {
        [
            1, type, UInt8(request >> 8), UInt8(request & 255), UInt8(content.count >> 8), UInt8(content.count & 255),
            padding, 0,
        ]
            + content + [UInt8](repeating: 0, count: Int(padding))
    }

    static func begin(_ request: UInt16 = 1, role: UInt8 = 1, keeps: Bool = true) -> [UInt8] {
        record(1, request, [0, role, keeps ? 1 : 0, 0, 0, 0, 0, 0])
    }

    static func pairs(_ list: [(String, String)]) -> [UInt8] {
        list.flatMap { name, value in length(name.utf8.count) + length(value.utf8.count) + Array((name + value).utf8) }
    }

    private static func length(_ count: Int) -> [UInt8] {
        count < 128
            ? [UInt8(count)]
            : [UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
    }

    /// A request as nginx sends it: parameters in one record, and no body.
    static func request(
        _ variables: [(String, String)] = [("REQUEST_METHOD", "GET"), ("CONTENT_LENGTH", "")],
        body: [[UInt8]] = [],
        number: UInt16 = 1,
        keeps: Bool = true
    ) -> [UInt8] {
        let params = record(4, number, pairs(variables), padding: 5) + record(4, number)
        return begin(number, keeps: keeps) + params + body.flatMap { record(5, number, $0, padding: 3) }
            + record(5, number)
    }

    static func end(_ request: UInt16 = 1, application: UInt8 = 0, status: UInt8 = 0) -> [UInt8] {
        record(3, request, [0, 0, 0, application, status, 0, 0, 0])
    }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
}
