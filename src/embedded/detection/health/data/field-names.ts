/**
 * Words of field names, in lower case. `medicalHistory`, `medical-history` and `MEDICAL_HISTORY` are `medical history`.
 */

/** A field with one of these words holds health data, unless its last word is in {@link NOT_HEALTH}. */
export const HEALTH_WORDS: ReadonlySet<string> = new Set([
  'diagnosis',
  'diagnoses',
  'prescription',
  'prescriptions',
  'medication',
  'medications',
  'symptom',
  'symptoms',
  'allergy',
  'allergies',
  'patient',
  'patientname',
  'icd',
  'icd9',
  'icd10',
  'comorbidities',
  'diagnose',
  'diagnostic',
]);

/** A field with such a pair of words holds health data. */
export const HEALTH_WORD_PAIRS: ReadonlySet<string> = new Set([
  'medical history',
  'medical condition',
  'medical conditions',
  'medical notes',
  'medical record',
  'medical records',
  'health condition',
  'health conditions',
  'health status',
  'health history',
  'lab result',
  'lab results',
  'blood type',
  'blood group',
  'clinical notes',
  'clinical note',
  'chief complaint',
  'treatment plan',
  'mental health',
]);

/** Last words of fields that hold no health data: `diagnosis_id`. */
export const NOT_HEALTH: ReadonlySet<string> = new Set([
  'id',
  'ids',
  'count',
  'url',
  'type',
  'enabled',
  'status',
  'code',
  'mode',
  'level',
]);
