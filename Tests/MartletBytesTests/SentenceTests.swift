import MartletBytes
import Testing

@Suite struct SentenceTests {
    @Test(arguments: [
        ("it is gone", "it is gone."), ("It is gone.\n", "It is gone."), ("why?", "why?"), ("", ""), (" \n", ""),
    ])
    func endsOnce(text: String, ended: String) { #expect(Sentence.ended(text) == ended) }
}
