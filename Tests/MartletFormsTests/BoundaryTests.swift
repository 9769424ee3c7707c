import MartletForms
import Testing

@Suite struct BoundaryTests {
    @Test(arguments: [
        ("multipart/form-data; boundary=abc", "abc"),
        ("multipart/form-data;boundary=\"abc\"", "abc"),
        ("multipart/form-data; boundary=\"a\\\"b\"", nil),
        ("multipart/form-data; boundary=\"a b\"", "a b"),
        ("MULTIPART/FORM-DATA ; charset=utf-8 ; Boundary = abc ", "abc"),
        (
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            "----WebKitFormBoundary7MA4YWxkTrZu0gW"
        ),
        ("multipart/form-data; boundary==_Part(1)+,./:?", "=_Part(1)+,./:?"),
        ("multipart/form-data; boundary=\"\"", nil),
        ("multipart/form-data; boundary=a; boundary=a", nil),
        ("multipart/form-data; boundary=é", nil),
    ])
    func boundaries(contentType: String, expected: String?) {
        let boundary = try? MultipartBoundary(contentType: contentType)
        #expect(boundary.map { String(decoding: $0.bytes, as: UTF8.self) } == expected)
    }

    @Test(arguments: [
        (nil, 415), ("", 415), ("multipart/form-data", 400), ("multipart/form-datax; boundary=a", 415),
        ("text/plain; boundary=a", 415), ("multipart/form-data; boundary", 400), (";;;===\"\"", 415),
    ])
    func statuses(contentType: String?, status: Int) {
        do {
            _ = try MultipartBoundary(contentType: contentType)
            Issue.record("a boundary was found")
        } catch {
            #expect(error.status == status)
        }
    }
}
