using System.Globalization;

namespace RaftKv.Load;

/// <summary>One line of the table.</summary>
/// <param name="What">What was measured, with its conditions.</param>
/// <param name="Measured">The figure with its unit.</param>
/// <param name="Target">What it should be; empty when it stands for comparison only.</param>
/// <param name="Passes">Whether it is; null without a target.</param>
internal sealed record Figure(string What, string Measured, string Target = "", bool? Passes = null)
{
    public static Figure AtLeast(string what, double measured, double target, string unit) => new(
        what, Text(measured, unit), $"at least {Text(target, unit)}", measured >= target);

    public static Figure Below(string what, double measured, double target, string unit) => new(
        what, Text(measured, unit), $"under {Text(target, unit)}", measured < target);

    public static string Text(double value, string unit)
    {
        string format = Math.Abs(value) >= 100 ? "N0" : "0.##";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)}{(unit.StartsWith('/') ? "" : " ")}{unit}".TrimEnd();
    }

    public string Verdict => Passes switch
    {
        true => "pass",
        false => "miss",
        null => "",
    };

    public string Line() => $"{What,-66} {Measured,16}  {Target,-24} {Verdict}";

    public string Row() => $"| {What} | {Measured} | {Target} | {Verdict} |";
}
