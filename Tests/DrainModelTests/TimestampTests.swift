import DrainModel
import Testing

@Suite("A timestamp")
struct TimestampTests {
    @Test(
        "is written as Auto Scaling writes it",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_711_164_403_904, "2024-03-23T03:26:43.904Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ])
    func writes(milliseconds: Int64, text: String) {
        #expect(Timestamp(millisecondsSinceEpoch: milliseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.millisecondsSinceEpoch == milliseconds)
    }

    @Test(
        "is read in every form of RFC 3339",
        arguments: [
            ("2024-03-23T03:26:43Z", 1_711_164_403_000), ("2024-03-23T03:26:43.9Z", 1_711_164_403_900),
            ("2024-03-23T03:26:43.904999Z", 1_711_164_403_904), ("2024-03-23T05:26:43+02:00", 1_711_164_403_000),
            ("2024-03-22 23:26:43-04:00", 1_711_164_403_000),
        ])
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.millisecondsSinceEpoch == milliseconds)
    }

    @Test(
        "is not read from anything else",
        arguments: [
            "", "2024-03-23", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-03-23T24:00:00Z",
            "2024-03-23T03:26:43",
            "2024-03-23T03:26:43ZZ", "2024-03-23T03:26:43.Z", "１024-03-23T03:26:43Z", "-024-03-23T03:26:43Z",
        ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
